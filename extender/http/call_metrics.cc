#include "extender/http/call_metrics.h"

namespace locus::extender {
namespace {

// From 20 us (a small body) over the budget of 50 ms to the scheduler's default time-out of 5 s.
const std::vector<double> kBounds = {0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005,
                                     0.01,    0.02,    0.05,   0.1,    0.2,    0.5,   1,     5};

constexpr const char* kDecisions = "locus_extender_decisions_total";
constexpr const char* kDecisionsHelp = "Decisions about pods with locus.dev/inputs.";

Outcome OutcomeOf(Reason reason) {
  if (reason == Reason::kNone) return Outcome::kScored;
  return IsDegraded(reason) ? Outcome::kDegraded : Outcome::kAbstained;
}

}  // namespace

CallMetrics::CallMetrics(Metrics& metrics)
    : passed_(metrics.GetCounter(kDecisions, kDecisionsHelp,
                                 {{"outcome", std::string(ToWord(Outcome::kPassed))}, {"reason", ""}})) {
  for (const std::string_view call : kCallWords) {
    const std::string verb(call);
    durations_.push_back(metrics.GetHistogram("locus_extender_call_duration_seconds",
                                              "Time from the parsed HTTP request to the reply.", kBounds,
                                              {{"verb", verb}}));
    untouched_.push_back(metrics.GetCounter("locus_extender_untouched_total",
                                            "Calls for pods without locus.dev/inputs.", {{"verb", verb}}));
    bad_requests_.emplace_back();
    for (const std::string_view reason : kBadReasonWords) {
      bad_requests_.back().push_back(metrics.GetCounter("locus_extender_bad_requests_total",
                                                        "Calls whose body cannot be used.",
                                                        {{"verb", verb}, {"reason", std::string(reason)}}));
    }
  }
  for (const std::string_view name : kAnnotationNames) {
    bad_annotations_.push_back(metrics.GetCounter("locus_extender_bad_annotations_total",
                                                  "Annotation values that counted as absent.",
                                                  {{"annotation", std::string(name)}}));
  }
  for (size_t i = 0; i < kReasonWords.size(); ++i) {
    const Reason reason = static_cast<Reason>(i);
    const std::string word(ToWord(reason));
    decisions_.push_back(metrics.GetCounter(kDecisions, kDecisionsHelp,
                                            {{"outcome", std::string(ToWord(OutcomeOf(reason)))}, {"reason", word}}));
    if (!IsDegraded(reason)) continue;
    degraded_.emplace(reason, metrics.GetCounter("locus_extender_degraded_total",
                                                 "Decisions made without locality, on purpose.", {{"reason", word}}));
  }
}

void CallMetrics::Decided(Outcome outcome, Reason reason) const {
  if (outcome == Outcome::kPassed) {
    passed_.Increment();
    return;
  }
  decisions_[static_cast<size_t>(reason)].Increment();
  if (const auto degraded = degraded_.find(reason); degraded != degraded_.end()) degraded->second.Increment();
}

}  // namespace locus::extender
