// What the parts say of themselves.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "locusctl/figures.h"
#include "locusctl/installation/checks.h"
#include "locusctl/installation/troubles.h"

namespace locus::ctl {
namespace {

// A worker tells of itself each second or two; locus-meta calls it lost after ten.
constexpr uint64_t kSilentMillis = 5000;

std::string NameOf(const CacheWorker& worker) {
  return worker.node.empty() ? worker.address : worker.node + " (" + worker.address + ")";
}

// Nodes by what speaks for a worker there: its pods, where there are any.
void CheckNodes(const CheckInput& input, const std::set<std::string>& with_worker, Check& check) {
  std::string why;
  if (IsUnread(input.kube, "pods", &why) || IsUnread(input.kube, "nodes", &why)) {
    return Found(Health::kUnknown, why, "With rights on nodes and pods, nodes without a worker are named here.", check);
  }
  std::set<std::string> with_pod;
  for (const PodFact& pod : input.kube.pods) {
    if (!Runs(pod, "locus-worker")) continue;
    with_pod.insert(pod.node);
    if (with_worker.count(pod.node) > 0) continue;
    Found(Health::kFail,
          "node " + (pod.node.empty() ? "(none yet)" : pod.node) + ": pod " + pod.name + " " +
              (pod.ready ? "is ready, and locus-meta does not hear it"
                         : "is not ready: " + (pod.waiting.empty() ? "phase " + pod.phase : pod.waiting)),
          "`kubectl -n " + input.space + " logs " + pod.name + "`: it must reach report.target.", check);
  }
  size_t without = 0;
  std::string example;
  for (const NodeFact& node : input.kube.nodes) {
    if (!node.open || with_pod.count(node.name) > 0 || with_worker.count(node.name) > 0) continue;
    if (without++ == 0) example = node.name;
  }
  if (without > 0) {
    Found(Health::kWarn, Count(without, "open node") + " without a worker, such as " + example,
          "When they are to cache data: check nodeSelector and tolerations of the worker DaemonSet.", check);
  }
}

}  // namespace

Check CheckExtender(const CheckInput& input) {
  Check check{"extender", Health::kOk, {}, ""};
  for (const ExtenderFacts& extender : input.parts.extenders) {
    if (!extender.problem.empty()) {
      Found(Health::kFail, extender.url + " " + extender.problem,
            "It runs beside the scheduler. From outside of the cluster: `kubectl -n " + input.space +
                " port-forward` to port 8900 of that pod, and --extender http://127.0.0.1:8900.",
            check);
      continue;
    }
    if (!extender.cluster_asked) {
      Found(Health::kWarn, extender.url + " asks no API server: pods are placed each for itself, and none waits",
            "Set kubernetes.in_cluster: true in its configuration.", check);
    } else if (extender.cluster_synced) {
      Well(extender.url + " answers; nodes and pods are synced", check);
    }
    for (const DegradedFact& degraded : extender.degraded) {
      if (degraded.part == "gate") continue;
      Found(degraded.part == "decisions" ? Health::kWarn : Health::kFail,
            extender.url + ": " + degraded.part + " " + degraded.reason + ": " + degraded.text +
                (degraded.since.empty() ? "" : ", since " + degraded.since),
            AdviceFor(degraded), check);
    }
  }
  return check;
}

Check CheckGate(const CheckInput& input) {
  Check check{"gate", Health::kOk, {}, ""};
  size_t asked = 0, leaders = 0;
  std::set<std::string> names;
  for (const ExtenderFacts& extender : input.parts.extenders) {
    if (!extender.problem.empty() || !extender.cluster_asked) continue;
    ++asked;
    leaders += extender.leads ? 1 : 0;
    names.insert(extender.leader);
  }
  if (asked == 0) {
    Found(Health::kUnknown, "no extender that asks an API server has answered",
          "Without one, gated pods stay gated: see \"extender\".", check);
  } else if (leaders > 1) {
    Found(Health::kFail, std::to_string(leaders) + " extenders lead the gate",
          "Extenders of one scheduler profile must share gate.lease_namespace and gate.lease_name.", check);
  } else if (names.count("") > 0) {
    Found(Health::kFail, "nobody leads: gated pods stay gated",
          "The namespace of gate.lease_namespace must exist, and the extender needs get, create and update of leases "
          "there.",
          check);
  } else if (names.size() > 1) {
    Found(Health::kWarn, "extenders name different leaders: " + *names.begin() + ", " + *names.rbegin(),
          "A change of leader takes some seconds; when that does not pass, they use different Leases.", check);
  } else {
    Well("led by " + *names.begin(), check);
  }
  return check;
}

Check CheckMetadata(const CheckInput& input) {
  Check check{"metadata", Health::kOk, {}, ""};
  for (const MetaFacts& meta : input.parts.metas) {
    if (!meta.problem.empty()) {
      Found(Health::kFail, meta.address + " cannot be asked: " + meta.problem,
            "Check that locus-meta runs. From outside of the cluster: `kubectl -n " + input.space +
                " port-forward` to its port 8910, and --meta 127.0.0.1:8910.",
            check);
      continue;
    }
    Well(meta.address + " answers: epoch " + std::to_string(meta.epoch) + ", its sources heard " + Ago(meta.age_ms) +
             ", " + Count(meta.mounts, "mount"),
         check);
    if (meta.stale) {
      Found(Health::kFail, meta.address + " calls its picture out of date, " + Ago(meta.age_ms),
            "Look at what it rests on: the Alluxio master or the workers, in its log and /readyz.", check);
    }
    if (!meta.mounts_problem.empty()) {
      Found(Health::kWarn, "mounts may be missing at " + meta.address + ": " + meta.mounts_problem,
            "`locusctl mounts` shows what is known; the log of locus-meta tells more.", check);
    }
  }
  return check;
}

Check CheckWorkers(const CheckInput& input) {
  Check check{"workers", Health::kOk, {}, ""};
  const auto answers = [](const MetaFacts& meta) { return meta.problem.empty(); };
  if (std::none_of(input.parts.metas.begin(), input.parts.metas.end(), answers)) {
    Found(Health::kUnknown, "no locus-meta has answered", "See \"metadata\".", check);
    return check;
  }
  const std::vector<CacheWorker> workers = WorkersOf(input.parts);
  size_t live = 0;
  std::set<std::string> with_worker;
  for (const CacheWorker& worker : workers) {
    if (worker.state == CacheWorker::State::kLost) {
      Found(Health::kFail, NameOf(worker) + " is lost, heard " + Ago(worker.last_heard_ms),
            "Check the node and the locus-worker on it.", check);
      continue;
    }
    live += worker.state == CacheWorker::State::kLive ? 1 : 0;
    if (worker.node.empty()) {
      Found(Health::kFail, worker.address + " matches no Kubernetes node: nothing cached there draws a pod",
            worker.problem.empty() ? "`locusctl workers` shows what was tried." : worker.problem, check);
      continue;
    }
    with_worker.insert(worker.node);
    if (worker.last_heard_ms > kSilentMillis) {
      Found(Health::kWarn, NameOf(worker) + " was heard " + Ago(worker.last_heard_ms) + ": its report is stale",
            "It will be called lost after workers.lost_after: look at its log and the network of the node.", check);
    }
    if (!worker.problem.empty()) {
      Found(Health::kWarn, NameOf(worker) + ": " + worker.problem, "`locusctl workers` shows all of them.", check);
    }
  }
  if (workers.empty()) {
    Found(Health::kFail, "locus-meta has heard of no worker",
          "Start locus-worker on the nodes with report.target naming locus-meta; its log tells whether it got through.",
          check);
  } else {
    Well(std::to_string(live) + " of " + Count(workers.size(), "worker") + " live, on " +
             Count(with_worker.size(), "node"),
         check);
  }
  CheckNodes(input, with_worker, check);
  return check;
}

Check CheckVersions(const CheckInput& input) {
  Check check{"versions", Health::kOk, {}, ""};
  std::map<std::string, std::set<std::string>> users;
  users[input.version].insert("locusctl");
  const auto add = [&](const std::string& version, const char* part) {
    if (!version.empty()) users[version].insert(part);
  };
  for (const ExtenderFacts& extender : input.parts.extenders) add(extender.version, "locus-extender");
  // That of locus-meta, and of parts that do not answer, is the tag of their image.
  for (const PodFact& pod : input.kube.pods) {
    for (const PodPart& part : pod.parts) {
      if (part.program.starts_with("locus-")) add(part.tag, part.program.c_str());
    }
  }
  for (const CacheWorker& worker : WorkersOf(input.parts)) add(worker.version, "locus-worker");
  for (const auto& [version, parts] : users) {
    std::string text = version + ":";
    for (const std::string& part : parts) text += " " + part;
    Well(text, check);
  }
  if (users.size() > 1) {
    Found(Health::kWarn, Count(users.size(), "version") + " at once",
          "One version and the next work together, for as long as an upgrade takes; then bring all to the same.",
          check);
  }
  return check;
}

}  // namespace locus::ctl
