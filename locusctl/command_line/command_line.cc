#include "locusctl/command_line/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "common/status.h"
#include "locusctl/command_line/describe.h"
#include "locusctl/command_line/finish.h"
#include "locusctl/command_line/verbs.h"
#include "locusctl/completion/candidates.h"
#include "locusctl/completion/manual.h"
#include "locusctl/completion/shell_script.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr uint32_t kDefaultLimit = 20;
constexpr size_t kMinWidth = 40;
constexpr size_t kMaxWidth = 1000;
constexpr size_t kDefaultWidth = 100;
constexpr std::string_view kPlugin = "kubectl-locus";
// What kubectl runs to complete the plugin's command line:
// https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/.
constexpr std::string_view kPluginCompletion = "kubectl_complete-locus";

std::string OrDefault(const std::string& text, const char* otherwise) { return text.empty() ? otherwise : text; }

std::string_view BaseName(std::string_view path) {
  return path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
}

// What stands behind "--" of submit is for another program. Cuts it off `arguments`.
std::vector<std::string> CutForeign(std::vector<std::string>& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (std::find(arguments.begin(), dashes, "submit") == dashes || dashes == arguments.end()) return {};
  std::vector<std::string> foreign(dashes + 1, arguments.end());
  arguments.erase(dashes, arguments.end());
  return foreign;
}

// One command line, from its description to its values.
class Parser {
 public:
  explicit Parser(const Environment& environment)
      : environment_(environment),
        app_("Shows where cached data is and why pods went where they went.", ProgramName(environment.program_path)) {
    raw_.meta = OrDefault(environment.meta, "127.0.0.1:8910");
    raw_.extender = OrDefault(environment.extender, "http://127.0.0.1:8900");
    raw_.files = environment.files;
    invocation_.limit = kDefaultLimit;
    invocation_.program = app_.get_name();
    invocation_.spark_environment = environment.spark;
    const bool live = environment.terminal && environment.term != "dumb";
    invocation_.watch.live = live;
    invocation_.load.live = live;
    invocation_.top.live = live;
    DescribeCommandLine(app_, raw_, invocation_);
  }

  CommandLine Parse(std::vector<std::string> arguments) {
    CommandLine result;
    try {
      invocation_.submit.arguments = CutForeign(arguments);
      // CLI11 takes the last argument first.
      app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& e) {
      std::ostringstream out, err;
      result.exit_code = app_.exit(e, out, err) == 0 ? kOk : kUsage;
      result.out = out.str();
      if (result.exit_code != kOk) result.err = Mistake(e.what());
      return result;
    }
    if (invocation_.verb == Verb::kCompletion) return Said(ShellScript(raw_.shell, Words()));
    if (invocation_.verb == Verb::kManual) return Said(ManualPage(Description()));
    const absl::Status status = FinishCommandLine(raw_, environment_, invocation_);
    if (!status.ok()) {
      result.exit_code = kUsage;
      result.err = invocation_.program + ": " + SafeText(MessageOf(status)) + "\n";
      return result;
    }
    invocation_.style = StyleFor(environment_, raw_.color);
    result.invocation = std::move(invocation_);
    return result;
  }

  CommandDescription Description() const { return Describe(app_); }

 private:
  static CommandLine Said(std::string text) { return {std::nullopt, kOk, std::move(text), ""}; }

  // The program as a shell knows it.
  std::string Words() const { return invocation_.program == "locusctl" ? "locusctl" : std::string(kPlugin); }

  std::string Mistake(const std::string& what) const {
    // CLI11 says only that a verb is missing when the one given is misspelt.
    std::string text = SafeText(what);
    if (app_.get_subcommands().empty()) {
      text = "write one of the verbs ";
      const std::vector<CommandDescription> verbs = Description().verbs;
      for (size_t i = 0; i < verbs.size(); ++i) text += (i == 0 ? "" : ", ") + verbs[i].name;
    }
    return invocation_.program + ": " + text + "\n  Run '" + invocation_.program + " --help' for usage.\n";
  }

  const Environment& environment_;
  RawFlags raw_;
  Invocation invocation_;
  CLI::App app_;
};

}  // namespace

std::string ProgramName(std::string_view path) {
  const std::string_view base = BaseName(path);
  return base == kPlugin || base == kPluginCompletion ? "kubectl locus" : "locusctl";
}

Style StyleFor(const Environment& environment, std::string_view color) {
  Style style;
  const bool suits = environment.terminal && environment.no_color.empty() && environment.term != "dumb";
  style.colour = color == "always" || (color == "auto" && suits);
  size_t width = 0;
  const std::string& columns = environment.columns;
  const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), width);
  if (error != std::errc() || end != columns.data() + columns.size() || width == 0) {
    width = environment.terminal_columns > 0 ? static_cast<size_t>(environment.terminal_columns) : kDefaultWidth;
  }
  style.width = std::min(std::max(width, kMinWidth), kMaxWidth);
  return style;
}

CommandLine ParseCommandLine(const std::vector<std::string>& arguments, const Environment& environment) {
  Parser parser(environment);
  const bool asked_by_kubectl = BaseName(environment.program_path) == kPluginCompletion;
  if (!asked_by_kubectl && (arguments.empty() || arguments[0] != kCompleteVerb)) return parser.Parse(arguments);
  const std::vector<std::string> words(arguments.begin() + (asked_by_kubectl ? 0 : 1), arguments.end());
  return {std::nullopt, kOk, CandidatesText(Candidates(parser.Description(), words)), ""};
}

}  // namespace locus::ctl
