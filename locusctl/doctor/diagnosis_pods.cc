#include <algorithm>

#include "common/units.h"
#include "locusctl/doctor/diagnosis.h"
#include "locusctl/figures.h"

namespace locus::ctl {
namespace {

// Less than this part of what as many nodes could cover is misplaced.
constexpr double kEnough = 0.9;

struct Cover {
  // Node -> bytes of all inputs there.
  std::map<std::string, uint64_t> nodes;
  uint64_t length = 0;
  uint64_t cached = 0;
};

Cover CoverOf(const std::vector<InputFacts>& inputs) {
  Cover cover;
  for (const InputFacts& input : inputs) {
    if (!input.known) continue;
    cover.length += input.length_bytes;
    cover.cached += input.cached_bytes;
    for (const auto& [node, bytes] : input.nodes) {
      if (!node.empty()) cover.nodes[node] += bytes;
    }
  }
  return cover;
}

uint64_t BytesOn(const Cover& cover, const std::string& node) {
  const auto found = cover.nodes.find(node);
  return found == cover.nodes.end() ? 0 : found->second;
}

// At most what is cached: copies on two nodes count once, as far as that is known.
uint64_t Covered(const Cover& cover, const std::vector<std::string>& nodes) {
  uint64_t bytes = 0;
  for (const std::string& node : nodes) bytes += BytesOn(cover, node);
  return std::min(bytes, cover.cached);
}

std::vector<std::string> BestNodes(const Cover& cover, size_t count) {
  std::vector<std::string> nodes;
  for (const auto& [node, bytes] : cover.nodes) nodes.push_back(node);
  std::stable_sort(nodes.begin(), nodes.end(),
                   [&](const auto& a, const auto& b) { return BytesOn(cover, a) > BytesOn(cover, b); });
  nodes.resize(std::min(count, nodes.size()));
  return nodes;
}

std::string Annotation(const PodFacts& pod, const char* key) {
  const auto found = pod.annotations.find(key);
  return found == pod.annotations.end() ? "" : found->second;
}

// Why those that are on no holder are not, from what the pods carry; and what to do.
std::string FixFor(const ApplicationFacts& facts, const PodFacts& pod) {
  if (pod.scheduler != facts.scheduler) {
    return PodWord(pod) + " was scheduled by '" + pod.scheduler + "', not by '" + facts.scheduler +
           "', which asks Locus: set spark.kubernetes.executor.scheduler.name=" + facts.scheduler +
           ", or run it with `locusctl submit`.";
  }
  if (Annotation(pod, "inputs").empty()) {
    return PodWord(pod) +
           " does not say what it reads: set spark.kubernetes.executor.annotation.locus.dev/inputs, or run it with "
           "`locusctl submit`.";
  }
  const std::string explain = "`locusctl explain " + facts.space + "/" + pod.name + "` tells why it went there";
  if (Annotation(pod, "policy") == "wait") {
    return explain +
           ". The holders were full until its wait was over: raise --max-wait, make room, or start fewer "
           "executors (`locusctl plan` tells how many gain).";
  }
  return explain +
         ". When holders are full, --policy wait waits for one; `locusctl plan` tells how many executors "
         "gain at all.";
}

std::string LineOf(const PodFacts& pod, const Cover& cover) {
  if (pod.node.empty()) return PodWord(pod) + " is not scheduled";
  std::string line =
      PodWord(pod) + " on " + pod.node + ": " + FormatBytes(BytesOn(cover, pod.node)) + " of the inputs are there";
  const std::string planned = Annotation(pod, "planned-node");
  if (!planned.empty() && planned != pod.node) line += "; it was planned for " + planned;
  return line;
}

// Why nothing can be said about any input; false: something can.
bool Undecided(const ApplicationFacts& facts, const Cover& cover, Finding& finding) {
  std::vector<std::string> problems;
  for (const InputFacts& input : facts.inputs) {
    if (!input.known) problems.push_back("input " + input.input + " is not known: " + input.problem);
  }
  AddEvidence(problems, finding);
  if (facts.inputs.size() == problems.size()) {
    finding.fix = "Look at the inputs with `locusctl locality`; correct the annotation locus.dev/inputs.";
    return true;
  }
  if (cover.nodes.empty()) {
    finding.evidence.push_back("none of the inputs' " + FormatBytes(cover.length) +
                               " lies in the cache of a known node: no place is better than another");
    finding.fix =
        "The first scan fills the cache; executors that start afterwards go there. `locusctl workers` shows "
        "workers on no known node.";
    return true;
  }
  return false;
}

}  // namespace

Finding DiagnosePods(const ApplicationFacts& facts) {
  Finding finding{Layer::kPods, Verdict::kUnknown, {}, ""};
  const std::vector<const PodFacts*> executors = RunningExecutors(facts);
  if (executors.empty()) {
    finding.evidence.emplace_back("no executor runs");
    finding.fix = "Ask again while the application works.";
    return finding;
  }
  if (facts.inputs.empty()) {
    finding.verdict = Verdict::kBroken;
    finding.evidence.emplace_back("no pod of the application says what it reads");
    finding.fix =
        "Set spark.kubernetes.executor.annotation.locus.dev/inputs and the scheduler, or run it with `locusctl "
        "submit`.";
    return finding;
  }
  const Cover cover = CoverOf(facts.inputs);
  if (Undecided(facts, cover, finding)) return finding;

  std::vector<std::string> nodes, lines;
  const PodFacts* misplaced = nullptr;
  size_t scheduled = 0, off = 0;
  for (const PodFacts* pod : executors) {
    lines.push_back(LineOf(*pod, cover));
    if (pod->node.empty()) continue;
    ++scheduled;
    if (std::find(nodes.begin(), nodes.end(), pod->node) == nodes.end()) nodes.push_back(pod->node);
    if (BytesOn(cover, pod->node) > 0) continue;
    ++off;
    if (misplaced == nullptr) misplaced = pod;
  }
  if (scheduled == 0) {
    AddEvidence(lines, finding);
    finding.fix = "They wait: `kubectl describe pod` shows for what, `locusctl plan` where they would go.";
    return finding;
  }
  const uint64_t covered = Covered(cover, nodes);
  const uint64_t best = Covered(cover, BestNodes(cover, nodes.size()));
  finding.evidence.push_back("executors' nodes hold " + Percent(covered, cover.length) + " of the inputs (" +
                             FormatBytes(covered) + " of " + FormatBytes(cover.length) + ", cached " +
                             FormatBytes(cover.cached) + "): so much can be read locally");
  const bool poor = static_cast<double>(covered) < kEnough * static_cast<double>(best);
  if (poor) {
    finding.evidence.push_back("the best " + Count(nodes.size(), "node") + " hold " + FormatBytes(best));
  }
  if (off > 0) {
    finding.evidence.push_back(std::to_string(off) + " of " + Count(scheduled, "executor") +
                               " are on nodes with none of the inputs");
  }
  AddEvidence(lines, finding);
  if (facts.stale) finding.evidence.emplace_back("locus-meta's picture is stale: bytes may have moved");
  finding.verdict = poor || off > 0 ? Verdict::kBroken : Verdict::kOk;
  if (finding.verdict == Verdict::kBroken) {
    const PodFacts* example = misplaced;
    for (const PodFacts* pod : executors) {
      if (example == nullptr && !pod->node.empty()) example = pod;
    }
    finding.fix = FixFor(facts, *example);
  }
  return finding;
}

}  // namespace locus::ctl
