#include <algorithm>

#include "locusctl/doctor/diagnosis.h"
#include "locusctl/figures.h"

namespace locus::ctl {
namespace {

constexpr double kEnough = 0.9;

bool Enough(uint64_t part, uint64_t whole) { return static_cast<double>(part) >= kEnough * static_cast<double>(whole); }

const WorkerFacts* WorkerOn(const ApplicationFacts& facts, const std::string& node) {
  for (const WorkerFacts& worker : facts.workers) {
    if (worker.live && !node.empty() && worker.node == node) return &worker;
  }
  return nullptr;
}

// What Spark itself says, when it was asked: it knows best.
bool JudgedBySpark(const ApplicationFacts& facts, Finding& finding) {
  if (!facts.tasks) return false;
  const uint64_t local = facts.tasks->process_local + facts.tasks->node_local;
  const uint64_t all = local + facts.tasks->any;
  finding.evidence.push_back("Spark ran " + std::to_string(facts.tasks->node_local) + " tasks at NODE_LOCAL, " +
                             std::to_string(facts.tasks->process_local) + " at PROCESS_LOCAL, " +
                             std::to_string(facts.tasks->any) + " at ANY in stages that read input");
  if (all == 0 || !Enough(local, all)) return false;
  finding.verdict = Verdict::kOk;
  return true;
}

// Spark says ANY although hosts were named.
void CorrectBySpark(const ApplicationFacts& facts, Finding& finding) {
  if (!facts.tasks || facts.tasks->any == 0 || finding.verdict != Verdict::kOk) return;
  finding.verdict = Verdict::kBroken;
  finding.fix =
      "Hosts match, but Spark did not use them: a table format that gives no locations (Iceberg without locality, "
      "Delta), files listed before executors came, or spark.locality.wait.node too short.";
}

// Executors with the addresses of their nodes need no front: workers have to be called alike.
void JudgeHostNetwork(const ApplicationFacts& facts, const std::vector<const PodFacts*>& executors, Finding& finding) {
  size_t equal = 0, unknown = 0;
  std::vector<std::string> lines;
  for (const PodFacts* pod : executors) {
    const WorkerFacts* worker = WorkerOn(facts, pod->node);
    if (worker == nullptr) {
      ++unknown;
      lines.push_back(PodWord(*pod) + " on " + pod->node + ": no live Alluxio worker is known there");
    } else if (worker->host == pod->address) {
      ++equal;
    } else {
      lines.push_back(PodWord(*pod) + " is called " + pod->address + ", the worker on its node " + worker->host +
                      ": Spark compares these texts");
    }
  }
  finding.evidence.push_back("executors use their nodes' network; " + std::to_string(equal) + " of " +
                             std::to_string(executors.size()) + " are called as their node's worker");
  AddEvidence(lines, finding);
  if (equal + unknown == executors.size()) {
    finding.verdict = equal > 0 ? Verdict::kOk : Verdict::kUnknown;
    if (equal == 0) finding.fix = "`locusctl workers` shows which workers match no node, and why.";
    return;
  }
  finding.verdict = Verdict::kBroken;
  finding.fix =
      "Let workers announce the node's address (alluxio.worker.hostname from status.hostIP), or read through "
      "the front, which translates.";
}

bool IsDriver(const ApplicationFacts& facts, const CallerFacts& caller) {
  // A driver outside of the cluster has no pod.
  if (caller.pod.empty()) return true;
  for (const PodFacts& pod : facts.pods) {
    if (pod.name == caller.pod) return pod.driver;
  }
  return false;
}

// The call whose answer decided about the latest scan: the driver's last listing; an executor's where those list,
// which Spark lets them do with many paths. (Executors also ask for single files before they open them.)
const CallerFacts* LastListing(const ApplicationFacts& facts) {
  const CallerFacts* last = nullptr;
  bool driver = false;
  for (const CallerFacts& caller : facts.callers) {
    if (caller.listings == 0 || caller.blocks == 0) continue;
    const bool by_driver = IsDriver(facts, caller);
    const bool later = last == nullptr || caller.last_listing_ms > last->last_listing_ms;
    if (by_driver == driver ? later : by_driver) {
      last = &caller;
      driver = by_driver;
    }
  }
  return last;
}

constexpr const char* kUseFront =
    "In the job read alluxio://<front>/path, with the front's host and port (`locusctl spark-conf` prints the URIs), "
    "on "
    "the driver and on executors. A driver behind address translation is recognised by the executors' annotation "
    "locus.dev/driver-address (--driver-address).";

// Nobody came to the front; or not those who list.
bool JudgeCallers(const ApplicationFacts& facts, Finding& finding) {
  if (!facts.front) {
    finding.verdict = Verdict::kBroken;
    finding.evidence.emplace_back("executors have addresses of their own, and locus-meta's front is switched off");
    finding.fix = "Switch it on (front.enabled in meta.yaml) and read through it, or run with --host-network.";
    return true;
  }
  uint64_t listings = 0, opens = 0;
  bool driver = false;
  for (const CallerFacts& caller : facts.callers) {
    listings += caller.listings;
    opens += caller.opens;
    driver = driver || (IsDriver(facts, caller) && caller.listings > 0);
  }
  if (listings > 0) {
    if (!driver) finding.evidence.emplace_back("only executors have listed files at the front, no driver");
    return false;
  }
  finding.verdict = Verdict::kBroken;
  finding.evidence.push_back(opens == 0
                                 ? "nobody of this application has called the front within the last hour"
                                 : Count(opens, "file") +
                                       " opened through the front, but none listed: the driver lists elsewhere, or "
                                       "its calls are taken for nobody's");
  finding.fix = kUseFront;
  return true;
}

void JudgeListing(const CallerFacts& last, size_t executors, Finding& finding) {
  const uint64_t cached = last.blocks - std::min(last.blocks, last.uncached);
  finding.evidence.push_back("last listing, by " + (last.pod.empty() ? last.address : last.pod) + ": " +
                             Count(last.blocks, "block") + "; for " + std::to_string(last.rewritten) +
                             " executors were named as hosts, " + std::to_string(last.without_executor) +
                             " are cached on nodes without an executor, " + std::to_string(last.uncached) +
                             " are not cached");
  if (last.executors < executors) {
    finding.evidence.push_back(std::to_string(last.executors) + " of now " + Count(executors, "executor") +
                               " had an address at that time; locations are fixed when files are listed");
  }
  if (last.executors == 0) {
    finding.verdict = Verdict::kBroken;
    finding.fix =
        "Set spark.scheduler.minRegisteredResourcesRatio=1.0 and, with dynamic allocation, "
        "spark.dynamicAllocation.initialExecutors, so that executors are there first; in a running "
        "application, read the files anew.";
  } else if (cached == 0) {
    finding.fix = "The data is cold: the first scan caches it. Read it anew afterwards.";
  } else if (Enough(last.rewritten, cached)) {
    finding.verdict = Verdict::kOk;
  } else if (last.executors < executors) {
    finding.verdict = Verdict::kBroken;
    finding.fix =
        "Executors came after the listing: read the files anew, and let all start first "
        "(spark.scheduler.minRegisteredResourcesRatio=1.0).";
  } else {
    finding.verdict = Verdict::kBroken;
    finding.fix = "Blocks lie on nodes without an executor: put \"" + LayerName(Layer::kPods) + "\" right first.";
  }
}

}  // namespace

Finding DiagnoseTasks(const ApplicationFacts& facts) {
  Finding finding{Layer::kTasks, Verdict::kUnknown, {}, ""};
  std::vector<const PodFacts*> executors = RunningExecutors(facts);
  std::erase_if(executors, [](const PodFacts* pod) { return pod->address.empty(); });
  const bool judged = JudgedBySpark(facts, finding);
  if (executors.empty()) {
    finding.evidence.emplace_back("no executor has an address yet");
    if (!judged) finding.fix = "Ask again while the application works.";
    return finding;
  }
  Finding rest{Layer::kTasks, Verdict::kUnknown, {}, ""};
  const bool host_network = std::all_of(executors.begin(), executors.end(), [](const PodFacts* pod) {
    return pod->host_network || pod->address == pod->host_address;
  });
  const CallerFacts* last = LastListing(facts);
  if (host_network) {
    JudgeHostNetwork(facts, executors, rest);
  } else if (!JudgeCallers(facts, rest)) {
    if (last == nullptr) {
      rest.evidence.emplace_back("no listing at the front had any blocks");
      rest.fix = "Ask again when the application has read something.";
    } else {
      JudgeListing(*last, executors.size(), rest);
    }
  }
  AddEvidence(rest.evidence, finding);
  if (judged) return finding;
  finding.verdict = rest.verdict;
  finding.fix = rest.fix;
  CorrectBySpark(facts, finding);
  return finding;
}

}  // namespace locus::ctl
