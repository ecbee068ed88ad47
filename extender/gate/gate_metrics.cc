#include "extender/gate/gate_metrics.h"

#include "extender/gate/gate_round.h"

namespace locus::extender {
namespace {

// From the second that a creation time is exact to, over the default wait of 30 s, to the longest that may be allowed.
const std::vector<double> kBounds = {0.5, 1, 2, 5, 10, 15, 20, 30, 31, 45, 60, 120, 300, 600, 1800, 3600};

Counter FailedWrites(Metrics& m, const char* why) {
  return m.GetCounter("locus_extender_gate_patch_failures_total",
                      "Patches of pods that did not come through: the pod was gone or changed, or the server failed.",
                      {{"why", why}});
}

}  // namespace

GateMetrics::GateMetrics(Metrics& m)
    : leader_(m.GetGauge("locus_extender_gate_leader", "1: this extender opens gates and wakes pods.")),
      gated_(m.GetGauge("locus_extender_gate_gated", "Pods behind the gate locus.dev/locality; 0 where not leading.")),
      waiting_(m.GetGauge("locus_extender_gate_waiting",
                          "Pods without a gate that may wait by refusal; 0 where not leading.")),
      failed_pod_(FailedWrites(m, "pod")),
      failed_server_(FailedWrites(m, "server")),
      waited_(m.GetHistogram("locus_extender_gate_waited_seconds",
                             "From the creation of a pod to the opening of its gate.", kBounds)) {
  for (const std::string_view reason : kOpenReasonWords) {
    opened_.push_back(
        m.GetCounter("locus_extender_gate_opened_total", "Gates opened.", {{"reason", std::string(reason)}}));
  }
  for (const std::string_view reason : kWakeReasonWords) {
    woken_.push_back(m.GetCounter("locus_extender_gate_woken_total",
                                  "Refused pods that were made to be looked at again.",
                                  {{"reason", std::string(reason)}}));
  }
}

void GateMetrics::Leads(bool leads) const {
  leader_.Set(leads ? 1 : 0);
  if (!leads) Pods(0, 0);
}

void GateMetrics::Pods(size_t gated, size_t waiting) const {
  gated_.Set(static_cast<double>(gated));
  waiting_.Set(static_cast<double>(waiting));
}

void GateMetrics::Wrote(const GateAction& action) const {
  if (action.kind == GateAction::Kind::kOpen) {
    opened_[static_cast<size_t>(action.opened)].Increment();
    waited_.Observe(ToSeconds(action.waited));
  } else if (action.kind == GateAction::Kind::kWake) {
    woken_[static_cast<size_t>(action.woken)].Increment();
  }
}

void GateMetrics::Failed(const absl::Status& status) const {
  (IsServerTrouble(status) ? failed_server_ : failed_pod_).Increment();
}

}  // namespace locus::extender
