#include "locusctl/completion/manual.h"

#include <array>
#include <utility>

namespace locus::ctl {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::string_view kDescription =
    "Shows an installation of Locus to a person: where cached data lies, why pods went where they went, what is not "
    "well "
    "and what to do about it. It asks locus-meta over gRPC and locus-extender over HTTP, and changes nothing on any "
    "server, but by the commands load, pin, unpin and evict. Under the name kubectl-locus in the PATH it is also "
    "'kubectl locus'.";

constexpr std::array<Entry, 6> kExitCodes = {
    {{"0", "Answered, and all is well."},
     {"1", "The answer is no: an unknown input, no decision on record, no worker, a broken layer, something degraded."},
     {"2", "The command line is wrong, or the server called the question malformed."},
     {"3", "No usable answer: a server was not reached, not in time, or something else listens there."},
     {"4", "Of doctor: nothing is broken as far as can be seen, but not all can be judged."},
     {"other", "Of submit: that of spark-submit, or 128 and the number of the signal that ended it."}}};

constexpr std::array<Entry, 7> kEnvironment = {
    {{"LOCUS_META", "The default of --meta."},
     {"LOCUS_EXTENDER", "The default of --extender."},
     {"LOCUS_FRONT", "The default of --front, of spark-conf and submit."},
     {"KUBECONFIG", "The default of --kubeconfig, of doctor cluster."},
     {"NO_COLOR", "Set to anything: no colour, unless --color always."},
     {"COLUMNS", "How wide tables may be; else as wide as the terminal, else 100."},
     {"TERM", "With dumb there are neither colours nor tables that are redrawn in place."}}};

constexpr std::array<Entry, 4> kExamples = {
    {{"locusctl status", "Is everything well?"},
     {"locusctl locality alluxio:///warehouse/events", "Which nodes hold how much of it?"},
     {"locusctl explain spark/events-exec-1", "Why did this executor go where it went?"},
     {"locusctl decisions -o json | jq -r '.decisions[] | select(.outcome == \"degraded\") | .reason'",
      "What kept locality from being known?"}}};

std::string Bold(std::string_view text) { return "\\fB" + RoffText(text) + "\\fR"; }
std::string Italic(std::string_view text) { return "\\fI" + RoffText(text) + "\\fR"; }

std::string Joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

std::string FlagHead(const FlagDescription& flag) {
  std::vector<std::string> names;
  for (const std::string& name : flag.names) names.push_back(Bold(name));
  return Joined(names, ", ") + (flag.value.empty() ? "" : " " + Italic(flag.value));
}

std::string FlagText(const FlagDescription& flag) {
  std::string text = RoffText(flag.help);
  if (!flag.choices.empty()) text += RoffText(": " + Joined(flag.choices, ", "));
  if (!flag.preset.empty()) text += RoffText(" (default: " + flag.preset + ")");
  return text + (flag.required ? ". Must be given." : ".");
}

std::string FlagList(const std::vector<FlagDescription>& flags) {
  std::string text;
  for (const FlagDescription& flag : flags) text += ".TP\n" + FlagHead(flag) + "\n" + FlagText(flag) + "\n";
  return text;
}

std::string Synopsis(const CommandDescription& verb, const std::string& path) {
  std::string text = Bold(path);
  for (const FlagDescription& flag : verb.flags) {
    if (flag.required) text += " " + FlagHead(flag);
  }
  if (!verb.flags.empty()) text += " [" + Italic("FLAGS") + "]";
  for (const ArgumentDescription& argument : verb.arguments) {
    text += " " + (argument.choices.empty() ? Italic(argument.name) : RoffText(Joined(argument.choices, "|"))) +
            (argument.several ? "..." : "");
  }
  return text;
}

std::string Commands(const CommandDescription& command, const std::string& path) {
  std::string text;
  for (const CommandDescription& verb : command.verbs) {
    const std::string name = path.empty() ? verb.name : path + " " + verb.name;
    text += ".SS " + Synopsis(verb, name) + "\n" + RoffText(verb.summary) + ".\n";
    if (!verb.footer.empty()) text += ".PP\n" + RoffText(verb.footer) + "\n";
    for (const ArgumentDescription& argument : verb.arguments) {
      text += ".TP\n" + Italic(argument.name) + "\n" + RoffText(argument.help) + ".\n";
    }
    text += FlagList(verb.flags) + Commands(verb, name);
  }
  return text;
}

template <size_t N>
std::string Section(std::string_view title, const std::array<Entry, N>& entries) {
  std::string text = ".SH " + std::string(title) + "\n";
  for (const auto& [term, meaning] : entries) text += ".TP\n" + Bold(term) + "\n" + RoffText(meaning) + "\n";
  return text;
}

}  // namespace

std::string RoffText(std::string_view text) {
  // An empty character before what would be a request at the start of a line.
  std::string roff = !text.empty() && (text[0] == '.' || text[0] == '\'') ? "\\&" : "";
  for (const char c : text) {
    switch (c) {
      case '\\': roff += "\\e"; break;
      case '-': roff += "\\-"; break;
      case '\'': roff += "\\(aq"; break;
      case '`': roff += "\\(ga"; break;
      case '^': roff += "\\(ha"; break;
      case '~': roff += "\\(ti"; break;
      case '\n': roff += ' '; break;
      default: roff += c;
    }
  }
  return roff;
}

std::string ManualPage(const CommandDescription& program) {
  std::string text =
      ".\\\" Written by 'locusctl man' from the description of its command line.\n"
      ".TH LOCUSCTL 1 \"\" \"Locus\" \"Locus\"\n"
      ".SH NAME\nlocusctl \\- where cached data is, and why pods went where they went\n"
      ".SH SYNOPSIS\n" +
      Bold("locusctl") + " [" + Italic("FLAGS") + "] " + Italic("COMMAND") + " ...\n.br\n" + Bold("kubectl locus") +
      " [" + Italic("FLAGS") + "] " + Italic("COMMAND") + " ...\n" + ".SH DESCRIPTION\n" + RoffText(kDescription) +
      "\n.SH OPTIONS\nThey may stand before or after the command, and win over the environment.\n" +
      FlagList(program.flags) + ".SH COMMANDS\n" + Commands(program, "");
  text += Section("EXIT STATUS", kExitCodes) + Section("ENVIRONMENT", kEnvironment) + Section("EXAMPLES", kExamples);
  return text + ".SH SEE ALSO\n" + Bold("kubectl") + "(1), " + Bold("man") + "(7)\n";
}

}  // namespace locus::ctl
