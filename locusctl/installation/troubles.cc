#include "locusctl/installation/troubles.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "locusctl/figures.h"

namespace locus::ctl {
namespace {

// Of one kind; the rest are counted.
constexpr size_t kMaxNamed = 5;

struct Advice {
  std::string_view reason;
  std::string_view text;
};

constexpr std::array<Advice, 10> kAdvice = {{
    {"metadata_away",
     "Check that locus-meta runs, and that metadata.target of the extender names its gRPC port; a NetworkPolicy may be "
     "between them."},
    {"metadata_stale", "Check that locus-meta runs and is not overloaded: its log, its /readyz."},
    {"disconnected", "It connects again by itself; when that does not last, look at the log of locus-meta."},
    {"source_stale", "Look at what locus-meta rests on: the Alluxio master or the workers, in its log and /readyz."},
    {"not_synced",
     "Check kubernetes.* of the extender, and that its service account may list and watch nodes and pods."},
    {"api_server", "Check the API server, and that the extender's service account still has its rights."},
    {"no_leader",
     "Check that the Lease of gate.lease_name can be written: its namespace must exist, and the service account needs "
     "get, create and update of leases there."},
    {"input_pending",
     "Inputs are asked for first by the pod itself: raise metadata.budget, or look why locus-meta is "
     "slow (locus_meta_get_locality_seconds)."},
    {"input_limit", "More inputs are followed than metadata.max_inputs: raise it."},
    {"", "See the log of locus-extender."},
}};

void AddExtenders(const InstallationFacts& facts, std::vector<Trouble>& troubles) {
  for (const ExtenderFacts& extender : facts.extenders) {
    if (!extender.problem.empty()) {
      troubles.push_back({"extender", extender.url + " " + extender.problem, "",
                          "It runs beside the second scheduler: check that pod, and its version. From outside of the "
                          "cluster: kubectl port-forward to its port 8900, and --extender http://127.0.0.1:8900."});
    }
    for (const DegradedFact& degraded : extender.degraded) {
      troubles.push_back({degraded.part == "gate" ? "gate" : "extender",
                          degraded.part + " " + degraded.reason + " at " + extender.url + ": " + degraded.text,
                          degraded.since, AdviceFor(degraded)});
    }
  }
  const auto leaders = std::count_if(facts.extenders.begin(), facts.extenders.end(),
                                     [](const ExtenderFacts& extender) { return extender.leads; });
  if (leaders > 1) {
    troubles.push_back({"gate", std::to_string(leaders) + " extenders lead the gate", "",
                        "Extenders of one scheduler profile must share gate.lease_namespace and gate.lease_name."});
  }
}

void AddMetas(const InstallationFacts& facts, std::vector<Trouble>& troubles) {
  for (const MetaFacts& meta : facts.metas) {
    if (!meta.problem.empty()) {
      troubles.push_back({"meta", meta.address + " cannot be asked: " + meta.problem, "",
                          "Check that locus-meta runs. From outside of the cluster: kubectl port-forward to its port "
                          "8910, and --meta 127.0.0.1:8910."});
      continue;
    }
    if (meta.stale) {
      troubles.push_back({"meta", meta.address + " calls its picture out of date", Ago(meta.age_ms),
                          "Look at what it rests on: the Alluxio master or the workers, in its log and /readyz."});
    }
    if (!meta.mounts_problem.empty()) {
      troubles.push_back({"meta", "mounts may be missing at " + meta.address + ": " + meta.mounts_problem, "",
                          "`locusctl mounts` shows what is known; the log of locus-meta tells more."});
    }
    if (meta.workers.empty()) {
      troubles.push_back({"workers", meta.address + " has heard of no worker", "",
                          "Start locus-worker on the nodes with report.target naming this locus-meta; its log tells "
                          "whether it got through."});
    }
  }
}

std::string NameOf(const CacheWorker& worker) {
  return worker.node.empty() ? worker.address : worker.node + " (" + worker.address + ")";
}

void AddWorkers(const InstallationFacts& facts, std::vector<Trouble>& troubles) {
  size_t lost = 0, unmatched = 0, wrong = 0;
  const auto add = [&](size_t& count, Trouble trouble) {
    if (++count <= kMaxNamed) troubles.push_back(std::move(trouble));
  };
  for (const CacheWorker& worker : WorkersOf(facts)) {
    if (worker.state == CacheWorker::State::kLost) {
      add(lost, {"workers", NameOf(worker) + " is lost: its blocks do not count", Ago(worker.last_heard_ms),
                 "Check the node and the locus-worker on it; they count again when it is heard."});
    } else if (worker.node.empty()) {
      add(unmatched, {"workers", worker.address + " matches no Kubernetes node: nothing cached there draws a pod", "",
                      worker.problem.empty() ? "`locusctl workers` shows what was tried." : worker.problem});
    } else if (!worker.problem.empty()) {
      add(wrong, {"workers", NameOf(worker) + ": " + worker.problem, "", "`locusctl workers` shows all of them."});
    }
  }
  for (const auto& [count, what] :
       {std::pair{lost, "lost"}, std::pair{unmatched, "without a node"}, std::pair{wrong, "with a problem"}}) {
    if (count <= kMaxNamed) continue;
    troubles.push_back(
        {"workers", Count(count - kMaxNamed, "more worker") + " " + what, "", "`locusctl workers` shows all of them."});
  }
}

}  // namespace

std::string AdviceFor(const DegradedFact& degraded) {
  const auto found = std::find_if(kAdvice.begin(), kAdvice.end(),
                                  [&](const Advice& advice) { return advice.reason == degraded.reason; });
  return std::string((found == kAdvice.end() ? kAdvice.back() : *found).text);
}

std::vector<Trouble> TroublesOf(const InstallationFacts& facts) {
  std::vector<Trouble> troubles;
  AddExtenders(facts, troubles);
  AddMetas(facts, troubles);
  AddWorkers(facts, troubles);
  return troubles;
}

}  // namespace locus::ctl
