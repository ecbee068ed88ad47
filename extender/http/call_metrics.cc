#include "extender/http/call_metrics.h"

namespace locus::extender {
namespace {

// From 20 us (a small body) over the budget of 50 ms to the scheduler's default time-out of 5 s.
const std::vector<double> kBounds = {0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005,
                                     0.01,    0.02,    0.05,   0.1,    0.2,    0.5,   1,     5};

constexpr const char* kDecisions = "locus_extender_decisions_total";
constexpr const char* kDecisionsHelp = "Decisions about pods with locus.dev/inputs.";

using Ending = std::pair<Outcome, Reason>;

// Every way in which a decision can end.
std::vector<Ending> Endings() {
  std::vector<Ending> endings = {{Outcome::kScored, Reason::kNone}};
  for (size_t i = 1; i < static_cast<size_t>(Reason::kWaiting); ++i) {
    const Reason reason = static_cast<Reason>(i);
    endings.emplace_back(IsDegraded(reason) ? Outcome::kDegraded : Outcome::kAbstained, reason);
  }
  for (const Outcome outcome : {Outcome::kSifted, Outcome::kRefused}) {
    for (const Reason reason : {Reason::kWaiting, Reason::kRequired}) endings.emplace_back(outcome, reason);
  }
  for (const Reason reason :
       {Reason::kNone, Reason::kUncached, Reason::kWaitIsOver, Reason::kCannotWait, Reason::kMayEvict}) {
    endings.emplace_back(Outcome::kPassed, reason);
  }
  return endings;
}

}  // namespace

CallMetrics::CallMetrics(Metrics& metrics)
    : best_not_offered_(metrics.GetCounter("locus_extender_best_holder_not_offered_total",
                                           "Decisions whose best holder was not among the nodes offered.")) {
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
  for (const auto& [outcome, reason] : Endings()) {
    const std::string word(ToWord(reason));
    decisions_.emplace(
        Ending(outcome, reason),
        metrics.GetCounter(kDecisions, kDecisionsHelp, {{"outcome", std::string(ToWord(outcome))}, {"reason", word}}));
    if (outcome != Outcome::kDegraded) continue;
    degraded_.emplace(reason, metrics.GetCounter("locus_extender_degraded_total",
                                                 "Decisions made without locality, on purpose.", {{"reason", word}}));
  }
}

void CallMetrics::Decided(Outcome outcome, Reason reason) const {
  // A filter call passes everything for the reasons that degrade, too; the call for scores that follows counts them.
  const bool passed_degraded = outcome == Outcome::kPassed && IsDegraded(reason);
  const auto ending = decisions_.find({outcome, passed_degraded ? Reason::kNone : reason});
  if (ending != decisions_.end()) ending->second.Increment();
  if (outcome != Outcome::kDegraded) return;
  if (const auto degraded = degraded_.find(reason); degraded != degraded_.end()) degraded->second.Increment();
}

}  // namespace locus::extender
