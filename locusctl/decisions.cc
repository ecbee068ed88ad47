#include "locusctl/decisions.h"

#include <algorithm>
#include <ostream>

#include "common/status.h"
#include "locusctl/decision_json.h"
#include "locusctl/figures.h"
#include "locusctl/outcome.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr int kHttpOk = 200;

const NodeTerms* Best(const Decision& decision) {
  const auto best = std::max_element(decision.nodes.begin(), decision.nodes.end(),
                                     [](const NodeTerms& a, const NodeTerms& b) { return a.score < b.score; });
  return best == decision.nodes.end() || best->score <= 0 ? nullptr : &*best;
}

std::string Joined(const std::vector<std::string>& inputs) {
  std::string text;
  for (const std::string& input : inputs) text += (text.empty() ? "" : ",") + SafeText(input);
  return text;
}

}  // namespace

std::string RenderDecisions(const std::vector<Decision>& decisions, const Style& style) {
  Table table({{"TIME", Align::kLeft},
               {"POD", Align::kLeft, true},
               {"CALL", Align::kLeft},
               {"OUTCOME", Align::kLeft, true},
               {"BEST", Align::kLeft, true},
               {"SAVED", Align::kRight},
               {"INPUTS", Align::kLeft, true}});
  for (const Decision& decision : decisions) {
    const NodeTerms* best = Best(decision);
    table.AddRow({SafeText(decision.time), SafeText(decision.pod_namespace) + "/" + SafeText(decision.pod_name),
                  SafeText(decision.call), Cell(OutcomeWord(decision), OutcomeInk(decision)),
                  best == nullptr ? "-" : SafeText(best->node), best == nullptr ? "-" : Seconds(best->saved_seconds),
                  Joined(decision.inputs)});
  }
  return table.Render(style);
}

int RunDecisions(uint32_t limit, DecisionSource& source, const Output& output) {
  constexpr const char* kDoing = "list decisions";
  const absl::StatusOr<HttpAnswer> answer = source.Get("/v1/decisions?limit=" + std::to_string(limit));
  if (!answer.ok()) return ExtenderFailed(output, answer.status(), kDoing, source.address());
  if (answer->status != kHttpOk) {
    return ExtenderPuzzling(output, "status " + std::to_string(answer->status), kDoing, source.address());
  }
  const absl::StatusOr<std::vector<Decision>> decisions = ParseDecisions(answer->body);
  if (!decisions.ok()) return ExtenderPuzzling(output, MessageOf(decisions.status()), kDoing, source.address());
  if (output.ForPrograms()) {
    output.out << output.Document(ReformatDecisions(answer->body, 0, limit).value_or(""));
  } else if (decisions->empty()) {
    Complain(output, "locus-extender at " + source.address() + " has no decision on record",
             "It records pods with the annotation locus.dev/inputs since its start. Check that kube-scheduler's "
             "configuration names it and that the pods' spec.schedulerName names that scheduler.");
  } else {
    output.out << RenderDecisions(*decisions, output.style);
  }
  return decisions->empty() ? kNegative : kOk;
}

}  // namespace locus::ctl
