// How a decision ended, in the words of metrics and explain.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace locus::extender {

enum class Outcome {
  kScored,     // some nodes got scores
  kAbstained,  // locality is known and says nothing: the scheduler's own plugins decide
  kDegraded,   // locality is not known: answered without it, on purpose
  kPassed,     // a filter call that let everything pass
  kSifted,     // a filter call that let some nodes pass
  kRefused,    // a filter call that let none pass: the pod waits
};
inline constexpr std::array<std::string_view, 6> kOutcomeWords = {"scored", "abstained", "degraded",
                                                                  "passed", "sifted",    "refused"};

enum class Reason {
  kNone,
  // Degraded.
  kMetadataAway,   // locus-meta was never heard, or is gone and knows nothing of the inputs
  kMetadataStale,  // not heard for longer than max_age
  kInputPending,   // not answered within the budget
  kInputLimit,     // too many inputs are followed
  // Abstained.
  kNoGain,           // the best node saves less than min_gain
  kIndifferent,      // all offered nodes lie within indifference
  kNothingCached,    // no worker holds anything of the inputs
  kInputUnknown,     // no input is known to its source
  kNoHolderOffered,  // none of the offered nodes holds anything
  kOneNode,          // fewer than two nodes: nothing to choose
  // Of filter calls, for pods that ask for more than scores.
  kWaiting,     // no node that is good enough has room now
  kRequired,    // policy require, and no holder is offered
  kUncached,    // passed: there is no holder anywhere
  kWaitIsOver,  // passed: the deadline is behind
  kCannotWait,  // passed: too many wait already, or nobody could wake it
  kMayEvict,    // passed: refusing it would make the scheduler evict others in vain
};
inline constexpr std::array<std::string_view, 17> kReasonWords = {"",
                                                                  "metadata_away",
                                                                  "metadata_stale",
                                                                  "input_pending",
                                                                  "input_limit",
                                                                  "no_gain",
                                                                  "indifferent",
                                                                  "nothing_cached",
                                                                  "input_unknown",
                                                                  "no_holder_offered",
                                                                  "one_node",
                                                                  "waiting",
                                                                  "required",
                                                                  "uncached",
                                                                  "wait_is_over",
                                                                  "cannot_wait",
                                                                  "may_evict"};

inline constexpr bool IsDegraded(Reason reason) {
  return reason >= Reason::kMetadataAway && reason <= Reason::kInputLimit;
}

inline constexpr std::string_view ToWord(Outcome outcome) { return kOutcomeWords[static_cast<size_t>(outcome)]; }
inline constexpr std::string_view ToWord(Reason reason) { return kReasonWords[static_cast<size_t>(reason)]; }

}  // namespace locus::extender
