#include "locusctl/doctor/diagnosis.h"

#include <algorithm>

#include "locusctl/figures.h"
#include "locusctl/spark/input_list.h"

namespace locus::ctl {
namespace {

constexpr size_t kMaxInputs = 64;
constexpr size_t kMaxEvidence = 25;

}  // namespace

std::vector<std::string> InputsOf(const std::vector<PodFacts>& pods) {
  std::vector<std::string> inputs;
  for (const PodFacts& pod : pods) {
    const auto list = pod.annotations.find("inputs");
    if (list == pod.annotations.end()) continue;
    for (const std::string& input : SplitInputs(list->second)) {
      const bool taken = std::find(inputs.begin(), inputs.end(), input) != inputs.end();
      if (!taken && ProblemOfInput(input).empty() && inputs.size() < kMaxInputs) inputs.push_back(input);
    }
  }
  return inputs;
}

std::vector<Finding> Diagnose(const ApplicationFacts& facts) {
  return {DiagnosePods(facts), DiagnoseTasks(facts), DiagnoseReads(facts)};
}

std::vector<const PodFacts*> RunningExecutors(const ApplicationFacts& facts) {
  std::vector<const PodFacts*> executors;
  for (const PodFacts& pod : facts.pods) {
    if (!pod.driver && !pod.ended) executors.push_back(&pod);
  }
  return executors;
}

std::string PodWord(const PodFacts& pod) {
  return (pod.driver ? "driver" : "executor " + std::to_string(pod.number)) + " (" + pod.name + ")";
}

void AddEvidence(const std::vector<std::string>& lines, Finding& finding) {
  const size_t room = kMaxEvidence - std::min(kMaxEvidence, finding.evidence.size());
  if (lines.size() <= room) {
    finding.evidence.insert(finding.evidence.end(), lines.begin(), lines.end());
    return;
  }
  if (room == 0) return;
  const size_t shown = room - 1;
  finding.evidence.insert(finding.evidence.end(), lines.begin(), lines.begin() + static_cast<ptrdiff_t>(shown));
  finding.evidence.push_back("and " + Count(lines.size() - shown, "more line"));
}

}  // namespace locus::ctl
