#include "extender/warm_up/warm_up_metrics.h"

namespace locus::extender {
namespace {

Counter Ends(Metrics& m, const char* end) {
  return m.GetCounter("locus_extender_warm_up_loads_ended_total",
                      "Loads for warm-up that ended: done, incomplete (some files could not be loaded), failed (the "
                      "worker is away or refused), cancelled (the pods are gone).",
                      {{"end", end}});
}

}  // namespace

WarmUpMetrics::WarmUpMetrics(Metrics& m)
    : started_(m.GetCounter("locus_extender_warm_up_loads_started_total", "Loads for warm-up that began.")),
      done_(Ends(m, "done")),
      incomplete_(Ends(m, "incomplete")),
      failed_(Ends(m, "failed")),
      cancelled_(Ends(m, "cancelled")),
      bytes_(m.GetCounter("locus_extender_warm_up_fetched_bytes_total",
                          "Bytes that workers fetched from the under-store for warm-up.")),
      running_(m.GetGauge("locus_extender_warm_up_loads", "Loads for warm-up under way.")),
      waiting_(m.GetGauge("locus_extender_warm_up_groups", "Groups of pods with loads under way or waiting.")) {
  for (const std::string_view outcome : kWarmUpOutcomeWords) {
    groups_.push_back(m.GetCounter("locus_extender_warm_up_judged_total",
                                   "Groups of pods that were judged after their placement, by what became of them.",
                                   {{"outcome", std::string(outcome)}}));
  }
}

void WarmUpMetrics::Judged(WarmUpOutcome outcome) const { groups_[static_cast<size_t>(outcome)].Increment(); }

void WarmUpMetrics::Started() const { started_.Increment(); }

void WarmUpMetrics::Fetched(uint64_t bytes) const { bytes_.Increment(static_cast<double>(bytes)); }

void WarmUpMetrics::Ended(const absl::Status& status, uint64_t problems) const {
  if (absl::IsCancelled(status)) return cancelled_.Increment();
  if (!status.ok()) return failed_.Increment();
  (problems > 0 ? incomplete_ : done_).Increment();
}

void WarmUpMetrics::Now(size_t running, size_t groups) const {
  running_.Set(static_cast<double>(running));
  waiting_.Set(static_cast<double>(groups));
}

}  // namespace locus::extender
