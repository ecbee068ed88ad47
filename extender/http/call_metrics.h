// What the extender counts of its calls. Every series exists from the start, so that a rate of zero is visible as such.
#pragma once

#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/metrics.h"
#include "extender/decision/annotations.h"
#include "extender/decision/reason.h"
#include "extender/explain/decision_record.h"
#include "extender/http/args_parser.h"

namespace locus::extender {

// Thread-safe.
class CallMetrics {
 public:
  // `metrics` must outlive it.
  explicit CallMetrics(Metrics& metrics);

  void Took(Call call, Duration duration) const { durations_[static_cast<size_t>(call)].Observe(ToSeconds(duration)); }
  void Bad(Call call, BadReason reason) const {
    bad_requests_[static_cast<size_t>(call)][static_cast<size_t>(reason)].Increment();
  }
  // A pod that is not ours.
  void Untouched(Call call) const { untouched_[static_cast<size_t>(call)].Increment(); }
  void BadAnnotation(Annotation annotation) const { bad_annotations_[static_cast<size_t>(annotation)].Increment(); }
  void Decided(Outcome outcome, Reason reason) const;
  // The best holder of a pod's input was not among the nodes that the scheduler offered.
  void BestNotOffered() const { best_not_offered_.Increment(); }

 private:
  // By call.
  std::vector<Histogram> durations_;
  std::vector<Counter> untouched_;
  // By call, then reason.
  std::vector<std::vector<Counter>> bad_requests_;
  std::vector<Counter> bad_annotations_;
  std::map<std::pair<Outcome, Reason>, Counter> decisions_;
  std::map<Reason, Counter> degraded_;
  Counter best_not_offered_;
};

inline constexpr std::array<std::string_view, 2> kCallWords = {"filter", "prioritize"};

}  // namespace locus::extender
