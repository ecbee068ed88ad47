#include <CLI/CLI.hpp>
#include <iostream>

#include "common/config.h"
#include "common/status.h"

namespace locus {

std::string_view Version() { return "0.1.0"; }

int ParseDaemonCommandLine(int argc, const char* const* argv, std::string_view name, std::string_view summary,
                           google::protobuf::Message* config, const std::function<absl::Status()>& check) {
  DaemonArguments arguments;
  CLI::App app{std::string(summary), std::string(name)};
  app.add_option("--config", arguments.config_path, "YAML configuration file; without it every field has its default");
  app.add_option("--set", arguments.overrides, "override one field: --set a.b=value (repeatable)");
  app.add_flag("--check", arguments.check, "validate the configuration, print all problems, and exit");
  app.set_version_flag("--version", std::string(name) + " " + std::string(Version()));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  absl::Status status = LoadConfig(arguments.config_path, arguments.overrides, config);
  if (status.ok() && check) status = check();
  if (!status.ok()) {
    std::cerr << name << ": the configuration has problems"
              << (arguments.config_path.empty() ? "" : " (" + arguments.config_path + ")") << ":\n"
              << MessageOf(status) << "\n";
    return 2;
  }
  if (arguments.check) {
    std::cout << name << ": the configuration is valid\n";
    return 0;
  }
  return -1;
}

}  // namespace locus
