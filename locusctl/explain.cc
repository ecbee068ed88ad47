#include "locusctl/explain.h"

#include <algorithm>
#include <ostream>

#include "common/status.h"
#include "common/units.h"
#include "locusctl/decision_json.h"
#include "locusctl/figures.h"
#include "locusctl/outcome.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpNotFound = 404;

// RFC 1123 subdomain, the rule for names of pods; namespaces are stricter, which the extender needs not care about.
bool IsName(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > 253 || !plain(text.front()) || !plain(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return plain(c) || c == '-' || c == '.'; });
}

std::string Sized(const TierFigures& tiers) { return tiers.total() == 0 ? "-" : FormatBytes(tiers.total()); }

std::string InputsTable(const Decision& decision, const Style& style) {
  if (decision.input_details.empty()) return "";
  Table table({{"INPUT", Align::kLeft, true},
               {"STATE", Align::kLeft},
               {"SIZE", Align::kRight},
               {"CACHED", Align::kRight},
               {"PROBLEM", Align::kLeft, true}});
  for (const InputDetail& input : decision.input_details) {
    const bool known = input.state == "KNOWN";
    std::string state = input.state;
    for (char& c : state) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    table.AddRow({SafeText(input.input), Cell(SafeText(state), known ? Ink::kPlain : Ink::kYellow),
                  known ? FormatBytes(input.length_bytes) : "-",
                  known ? Percent(input.cached_bytes, input.length_bytes) : "-", SafeText(input.problem)});
  }
  return "\n" + table.Render(style, "  ");
}

// Whether what other members of the group leave is worth a column.
bool HasSiblings(const Decision& decision) {
  return std::any_of(decision.nodes.begin(), decision.nodes.end(),
                     [](const NodeTerms& node) { return node.members > 0 || node.left.total() != node.local.total(); });
}

std::string NodesTable(const Decision& decision, const Style& style) {
  if (decision.nodes.empty()) return "";
  const bool siblings = HasSiblings(decision);
  std::vector<Column> columns = {{"NODE", Align::kLeft, true}, {"LOCAL", Align::kRight}};
  if (siblings) columns.insert(columns.end(), {{"MEMBERS", Align::kRight}, {"LEFT", Align::kRight}});
  columns.insert(columns.end(), {{"TAKEN", Align::kRight},
                                 {"", Align::kLeft},
                                 {"TIME", Align::kRight},
                                 {"SAVED", Align::kRight},
                                 {"LOAD", Align::kRight},
                                 {"HEADROOM", Align::kRight},
                                 {"VALUE", Align::kRight},
                                 {"SCORE", Align::kRight}});
  Table table(std::move(columns));
  bool absent = false;
  for (const NodeTerms& node : decision.nodes) {
    absent = absent || !node.offered;
    const Ink ink = node.offered ? Ink::kPlain : Ink::kDim;
    std::vector<Cell> row = {Cell(SafeText(node.node) + (node.offered ? "" : "*"), ink), Cell(Sized(node.local), ink)};
    if (siblings) {
      row.push_back(Cell(std::to_string(node.members), ink));
      row.push_back(Cell(Sized(node.left), ink));
    }
    row.insert(row.end(),
               {Cell(Sized(node.taken), ink), TierBar(node.taken, decision.share_bytes, 10),
                Cell(Seconds(node.seconds), ink), Cell(Seconds(node.saved_seconds), ink),
                Cell(node.load ? Fraction(*node.load) : "-", ink), Cell(Fraction(node.headroom), ink),
                Cell(Seconds(node.value), ink), Cell(std::to_string(node.score), node.score > 0 ? Ink::kGreen : ink)});
    table.AddRow(std::move(row));
  }
  std::string text = "\n" + table.Render(style, "  ");
  if (decision.nodes_omitted > 0)
    text += "  and " + Count(decision.nodes_omitted, "node") + " more, none of them better\n";
  if (absent) text += "  * not offered by the scheduler: no room there, or ruled out by its filters\n";
  if (siblings) text += "  MEMBERS of the group on the node; LEFT what they leave of LOCAL\n";
  return text;
}

// What the columns mean; once, below all decisions.
std::string Meanings(const Style& style) {
  return "\nLOCAL bytes of the inputs on the node; TAKEN the pod's share of them, bar " +
         TierLegend(style, "read from elsewhere") +
         "\nTIME to read the share there; SAVED against reading it all over the network; LOAD 0 idle to 1 saturated, - "
         "not "
         "known (the median counts)\nHEADROOM what the load leaves; VALUE = SAVED x HEADROOM; SCORE = VALUE in tenths "
         "of the "
         "best\n";
}

int NotOnRecord(const HttpAnswer& answer, const ExplainOptions& options, const DecisionSource& source,
                const Output& output) {
  const Refusal refusal = ParseRefusal(answer.body);
  // Another server answers 404 as well, but not with this member.
  if (refusal.error.empty()) {
    return ExtenderPuzzling(output, "status 404 for /v1/explain", "explain the pod", source.address());
  }
  Complain(output,
           "no decision on record for " + options.pod.space + "/" + options.pod.name + " at " + source.address() +
               (refusal.started.empty() ? "" : " (the extender started " + refusal.started + ")"),
           "The pod has no annotation locus.dev/inputs, its scheduler is not the one that calls Locus "
           "(spec.schedulerName), or it was placed before the extender started or too long ago (explain.ring). See "
           "`locusctl decisions`.");
  return kNegative;
}

}  // namespace

absl::StatusOr<PodName> ParsePodName(std::string_view text, std::string_view default_space) {
  const size_t slash = text.find('/');
  PodName pod;
  pod.space = slash == std::string_view::npos ? default_space : text.substr(0, slash);
  pod.name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (!IsName(pod.space) || !IsName(pod.name)) {
    return InvalidArgument("'" + std::string(text) +
                           "' is no pod; write POD or NAMESPACE/POD, for example spark/job-1-exec-3");
  }
  return pod;
}

std::string RenderDecision(const Decision& decision, const Style& style) {
  std::string text = Paint(SafeText(decision.pod_namespace) + "/" + SafeText(decision.pod_name), Ink::kBold, style) +
                     "  " + SafeText(decision.call) + " at " + SafeText(decision.time);
  if (!decision.application.empty()) text += ", application " + SafeText(decision.application);
  text += "\n" + Paint(OutcomeSentence(decision), OutcomeInk(decision), style) + "\n";
  for (const std::string& warning : decision.warnings) {
    text += Paint("warning: " + SafeText(warning), Ink::kYellow, style) + "\n";
  }
  const std::string news = decision.news_age_ms ? "on news " + std::to_string(*decision.news_age_ms) + " ms old"
                                                : "without any news from locus-meta";
  if (!decision.planned_node.empty()) text += "planned for " + SafeText(decision.planned_node) + " by the gate\n";
  if (!decision.best_not_offered.empty()) {
    text += Paint("the best node, " + SafeText(decision.best_not_offered) + ", was not offered", Ink::kYellow, style) +
            "\n";
  }
  const std::string of = decision.group_size > 1 ? " (one of " + std::to_string(decision.group_size) + ")" : "";
  text += "share " + FormatBytes(decision.share_bytes) + of + "; " + Count(decision.offered_nodes, "node") +
          " offered; decided in " + std::to_string(decision.duration_us) + " us " + news +
          (decision.news_stale ? " (stale)" : "") + "\n";
  if (decision.input_details.empty()) {
    for (const std::string& input : decision.inputs) text += "input " + SafeText(input) + "\n";
  }
  text += InputsTable(decision, style);
  if (decision.inputs_omitted > 0) text += "  and " + Count(decision.inputs_omitted, "input") + " more\n";
  return text + NodesTable(decision, style);
}

int RunExplain(const ExplainOptions& options, DecisionSource& source, const Output& output) {
  constexpr const char* kDoing = "explain the pod";
  // Both parts passed IsName: nothing in them needs an escape.
  const absl::StatusOr<HttpAnswer> answer = source.Get("/v1/explain/" + options.pod.space + "/" + options.pod.name);
  if (!answer.ok()) return ExtenderFailed(output, answer.status(), kDoing, source.address());
  if (answer->status == kHttpNotFound) return NotOnRecord(*answer, options, source, output);
  if (answer->status != kHttpOk) {
    return ExtenderPuzzling(output, "status " + std::to_string(answer->status), kDoing, source.address());
  }
  const absl::StatusOr<std::vector<Decision>> decisions = ParseDecisions(answer->body);
  if (!decisions.ok()) return ExtenderPuzzling(output, MessageOf(decisions.status()), kDoing, source.address());
  // The newest first; a filter call decides nothing, so the newest other call tells more.
  const auto found =
      std::find_if(decisions->begin(), decisions->end(), [](const Decision& d) { return d.call != "filter"; });
  const auto newest = static_cast<size_t>(found == decisions->end() ? 0 : found - decisions->begin());
  const size_t first = options.all ? 0 : newest;
  const size_t last = options.all ? decisions->size() : std::min(decisions->size(), first + 1);
  if (output.ForPrograms()) {
    output.out << output.Document(ReformatDecisions(answer->body, first, last - first).value_or(""));
    return decisions->empty() ? kNegative : kOk;
  }
  if (decisions->empty()) return NotOnRecord({kHttpNotFound, R"({"error":"empty"})"}, options, source, output);
  bool terms = false;
  for (size_t i = first; i < last; ++i) {
    output.out << (i == first ? "" : "\n") << RenderDecision((*decisions)[i], output.style);
    terms = terms || !(*decisions)[i].nodes.empty();
  }
  if (terms) output.out << Meanings(output.style);
  return kOk;
}

}  // namespace locus::ctl
