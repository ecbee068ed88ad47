#include "locusctl/command_line/describe.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace locus::ctl {
namespace {

// CLI11 tells choices in the name of the type: "FORMAT:{table,json,yaml}".
std::vector<std::string> ChoicesIn(const std::string& type) {
  const size_t open = type.find(":{");
  const size_t close = type.rfind('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos || close < open) return choices;
  for (size_t start = open + 2; start < close;) {
    const size_t comma = std::min(type.find(',', start), close);
    choices.push_back(type.substr(start, comma - start));
    start = comma + 1;
  }
  return choices;
}

// "N:UINT in [1 - 10]" -> "N".
std::string WithoutChecks(const std::string& type) {
  size_t end = std::min(type.find(":{"), type.size());
  const size_t range = type.find(" in [");
  if (range != std::string::npos) end = std::min(end, std::min(type.rfind(':', range), type.size()));
  return type.substr(0, end);
}

FlagDescription Flag(const CLI::Option& option) {
  FlagDescription flag;
  for (const std::string& name : option.get_snames()) flag.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) flag.names.push_back("--" + name);
  flag.help = option.get_description();
  flag.required = option.get_required();
  if (option.get_items_expected_max() == 0) return flag;
  const std::string type = option.get_type_name();
  flag.value = WithoutChecks(type);
  flag.choices = ChoicesIn(type);
  flag.preset = option.get_default_str();
  return flag;
}

}  // namespace

CommandDescription Describe(const CLI::App& app) {
  CommandDescription command;
  command.name = app.get_name();
  command.summary = app.get_description();
  command.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr()) continue;
    if (option->get_positional()) {
      const std::string type = option->get_type_name();
      command.arguments.push_back({option->get_name(true), option->get_description(), ChoicesIn(type),
                                   option->get_items_expected_max() > 1, option->get_required()});
    } else {
      command.flags.push_back(Flag(*option));
    }
  }
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.verbs.push_back(Describe(*verb));
    // CLI11 hands an outer footer down to verbs that have none.
    if (verb->get_footer() == app.get_footer()) command.verbs.back().footer.clear();
  }
  return command;
}

}  // namespace locus::ctl
