#include "extender/cluster/cluster_metrics.h"

namespace locus::extender {
namespace {

constexpr const char* kEnded = "locus_extender_cluster_assumptions_total";
constexpr const char* kEndedHelp =
    "Pods that were assumed on a node, by what became of it: bound there, bound elsewhere, or no news in time "
    "(scoring.assume_for).";
constexpr const char* kDropped = "locus_extender_cluster_dropped_total";
constexpr const char* kDroppedHelp =
    "News about pods and nodes beyond kubernetes.max_pods and max_nodes, and bindings that nobody fetched in time.";

}  // namespace

ClusterMetrics::ClusterMetrics(Metrics& metrics)
    : synced_(metrics.GetGauge("locus_extender_cluster_synced", "1 once nodes and pods have been listed.")),
      age_(metrics.GetGauge("locus_extender_cluster_age_seconds",
                            "Time since the API server was heard, by the older of the two watches; -1 before the first "
                            "lists.")),
      nodes_(metrics.GetGauge("locus_extender_cluster_nodes", "Nodes of the cluster.")),
      pods_(metrics.GetGauge("locus_extender_cluster_pods",
                             "Pods kept: those with a node that have not finished, and all that may be ours.")),
      ours_(metrics.GetGauge("locus_extender_cluster_ours", "Pods with inputs, or with the gate.")),
      pending_(metrics.GetGauge("locus_extender_cluster_pending", "Those of ours without a node.")),
      groups_(metrics.GetGauge("locus_extender_cluster_groups", "Groups that have pods.")),
      assumed_(metrics.GetGauge("locus_extender_cluster_assumed",
                                "Pods that were advised to a node and that the API server has not shown there yet.")),
      confirmed_(metrics.GetCounter(kEnded, kEndedHelp, {{"end", "confirmed"}})),
      refuted_(metrics.GetCounter(kEnded, kEndedHelp, {{"end", "refuted"}})),
      expired_(metrics.GetCounter(kEnded, kEndedHelp, {{"end", "expired"}})),
      pods_dropped_(metrics.GetCounter(kDropped, kDroppedHelp, {{"what", "pods"}})),
      nodes_dropped_(metrics.GetCounter(kDropped, kDroppedHelp, {{"what", "nodes"}})),
      bound_dropped_(metrics.GetCounter(kDropped, kDroppedHelp, {{"what", "bindings"}})) {}

void ClusterMetrics::Tell(const ClusterCounts& told, const ClusterCounts& now, bool synced,
                          std::optional<Duration> age) const {
  const auto set = [](const Gauge& gauge, size_t value) { gauge.Set(static_cast<double>(value)); };
  const auto add = [](const Counter& counter, uint64_t from, uint64_t to) {
    if (to > from) counter.Increment(static_cast<double>(to - from));
  };
  synced_.Set(synced ? 1 : 0);
  age_.Set(age ? ToSeconds(*age) : -1);
  set(nodes_, now.nodes);
  set(pods_, now.pods);
  set(ours_, now.ours);
  set(pending_, now.pending);
  set(groups_, now.groups);
  set(assumed_, now.assumed);
  add(confirmed_, told.confirmed, now.confirmed);
  add(refuted_, told.refuted, now.refuted);
  add(expired_, told.expired, now.expired);
  add(pods_dropped_, told.pods_dropped, now.pods_dropped);
  add(nodes_dropped_, told.nodes_dropped, now.nodes_dropped);
  add(bound_dropped_, told.bound_dropped, now.bound_dropped);
}

}  // namespace locus::extender
