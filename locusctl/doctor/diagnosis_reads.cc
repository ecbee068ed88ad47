#include <algorithm>

#include "common/units.h"
#include "locusctl/doctor/diagnosis.h"
#include "locusctl/figures.h"

namespace locus::ctl {
namespace {

constexpr double kEnough = 0.9;
// Of the inputs: with less seen, most was read in a way that is not seen, or not yet.
constexpr double kLittle = 0.05;

constexpr const char* kHostnameFix =
    "Set -Dalluxio.user.hostname=$(HOST_IP) in spark.executor.extraJavaOptions, and the variable HOST_IP (fieldRef "
    "status.hostIP) in the executors' pod template; `locusctl submit` does both.";

struct Traffic {
  uint64_t own = 0;
  uint64_t all = 0;
};

bool IsOwn(const PodFacts& pod, const ReadFacts& read) {
  if (!read.node.empty()) return read.node == pod.node;
  return !pod.host_address.empty() && read.worker_host == pod.host_address;
}

Traffic TrafficOf(const PodFacts& pod) {
  Traffic traffic;
  for (const ReadFacts& read : pod.reads) {
    traffic.all += read.bytes;
    if (IsOwn(pod, read)) traffic.own += read.bytes;
  }
  return traffic;
}

std::string LineOf(const PodFacts& pod) {
  const Traffic traffic = TrafficOf(pod);
  std::string line = PodWord(pod) + " on " + pod.node + ": " + Percent(traffic.own, traffic.all) + " of " +
                     FormatBytes(traffic.all) + " from its own node";
  const ReadFacts* most = nullptr;
  for (const ReadFacts& read : pod.reads) {
    if (!IsOwn(pod, read) && (most == nullptr || read.bytes > most->bytes)) most = &read;
  }
  if (most != nullptr && most->bytes > 0) {
    line += "; " + FormatBytes(most->bytes) + " from " + (most->node.empty() ? most->worker_host : most->node);
  }
  return line;
}

enum class Hostname { kRight, kWrong, kUnset, kUnknown };

// Whether the client can tell which worker is its node's.
Hostname HostnameOf(const ApplicationFacts& facts, const PodFacts& pod) {
  if (pod.alluxio_hostname.empty()) return Hostname::kUnset;
  bool known = false;
  for (const WorkerFacts& worker : facts.workers) {
    if (!worker.live || pod.node.empty() || worker.node != pod.node) continue;
    known = true;
    if (worker.host == pod.alluxio_hostname) return Hostname::kRight;
  }
  return known ? Hostname::kWrong : Hostname::kUnknown;
}

struct Hostnames {
  size_t right = 0, wrong = 0, unset = 0, unknown = 0;
  std::string example;
};

Hostnames Look(const ApplicationFacts& facts, const std::vector<const PodFacts*>& executors) {
  Hostnames names;
  for (const PodFacts* pod : executors) {
    switch (HostnameOf(facts, *pod)) {
      case Hostname::kRight: ++names.right; break;
      case Hostname::kUnset: ++names.unset; break;
      case Hostname::kUnknown: ++names.unknown; break;
      case Hostname::kWrong:
        if (++names.wrong > 1) break;
        for (const WorkerFacts& worker : facts.workers) {
          if (worker.live && worker.node == pod->node) {
            names.example = PodWord(*pod) + " takes '" + pod->alluxio_hostname + "' for its node's worker, which is '" +
                            worker.host + "'";
          }
        }
        break;
    }
  }
  return names;
}

void TellHostnames(const Hostnames& names, size_t all, Finding& finding) {
  if (names.wrong > 0) finding.evidence.push_back(names.example);
  if (names.unset > 0) {
    finding.evidence.push_back("alluxio.user.hostname is not set on " + std::to_string(names.unset) + " of " +
                               Count(all, "executor") + ": their clients do not know which worker is near");
  }
  if (names.right == all) {
    finding.evidence.emplace_back("all executors know their own node's worker (alluxio.user.hostname)");
  }
  if (names.unknown > 0) {
    finding.evidence.push_back("no live worker is known on the nodes of " + Count(names.unknown, "executor"));
  }
}

uint64_t LengthOf(const ApplicationFacts& facts) {
  uint64_t length = 0;
  for (const InputFacts& input : facts.inputs) length += input.length_bytes;
  return length;
}

// What was seen on the wire does not decide: the configuration may.
void JudgeUnseen(const ApplicationFacts& facts, const Hostnames& names, Finding& finding) {
  const bool counted =
      std::any_of(facts.workers.begin(), facts.workers.end(), [](const WorkerFacts& w) { return w.live && w.counts; });
  finding.evidence.emplace_back(
      counted ? "hardly any reads were seen: nothing was read yet, or on the own node by short circuit or domain "
                "socket, which cannot be seen"
              : "no figures: no locus-worker with mode: agent reports beside the Alluxio workers");
  if (names.wrong > 0 || names.unset > 0) {
    finding.verdict = Verdict::kBroken;
    finding.fix = kHostnameFix;
    return;
  }
  finding.fix = counted ? "Ask again when the application has read more."
                        : "Run locus-worker with mode: agent on the nodes (docs/agent.md) to see who reads where.";
}

}  // namespace

Finding DiagnoseReads(const ApplicationFacts& facts) {
  Finding finding{Layer::kReads, Verdict::kUnknown, {}, ""};
  std::vector<const PodFacts*> executors = RunningExecutors(facts);
  std::erase_if(executors, [](const PodFacts* pod) { return pod->address.empty(); });
  if (executors.empty()) {
    finding.evidence.emplace_back("no executor has an address yet");
    finding.fix = "Ask again while the application works.";
    return finding;
  }
  Traffic sum;
  std::vector<const PodFacts*> readers;
  for (const PodFacts* pod : executors) {
    const Traffic traffic = TrafficOf(*pod);
    sum.own += traffic.own;
    sum.all += traffic.all;
    if (traffic.all > 0) readers.push_back(pod);
  }
  const Hostnames names = Look(facts, executors);
  const uint64_t length = LengthOf(facts);
  const bool little = sum.all == 0 || (sum.own == 0 && names.wrong + names.unset == 0 &&
                                       static_cast<double>(sum.all) < kLittle * static_cast<double>(length));
  if (sum.all > 0) {
    finding.evidence.push_back("executors read " + Percent(sum.own, sum.all) + " of " + FormatBytes(sum.all) +
                               " from workers on their own nodes, as TCP was counted");
  }
  TellHostnames(names, executors.size(), finding);
  if (little) {
    JudgeUnseen(facts, names, finding);
    return finding;
  }
  std::vector<std::string> lines;
  std::stable_sort(readers.begin(), readers.end(), [](const PodFacts* a, const PodFacts* b) {
    const Traffic x = TrafficOf(*a), y = TrafficOf(*b);
    return x.all - x.own > y.all - y.own;
  });
  for (const PodFacts* pod : readers) lines.push_back(LineOf(*pod));
  AddEvidence(lines, finding);
  if (static_cast<double>(sum.own) >= kEnough * static_cast<double>(sum.all)) {
    finding.verdict = Verdict::kOk;
    return finding;
  }
  finding.verdict = Verdict::kBroken;
  finding.fix = names.wrong + names.unset > 0
                    ? kHostnameFix
                    : "Clients know their worker, but read what it does not have: put \"" + LayerName(Layer::kPods) +
                          "\" and \"" + LayerName(Layer::kTasks) + "\" right first.";
  return finding;
}

}  // namespace locus::ctl
