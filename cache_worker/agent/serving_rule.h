// Whether a worker serves, from one attempt to connect after another. Pure.
#pragma once

#include <optional>

namespace locus::worker {

enum class ProbeResult {
  kAccepted,
  // Nobody listens, or the machine says that there is no way.
  kRefused,
  // No answer in time.
  kSilent,
  // It could not be tried: the name does not resolve, or nothing is left to try it with.
  kUntried,
};

// A refusal counts at once: the kernel knows that nobody listens. Silence counts the second time in a row, as a worker
// under load may drop one attempt. What could not be tried says nothing. Not thread-safe.
class ServingRule {
 public:
  // Absent: not known.
  std::optional<bool> Next(ProbeResult result) {
    const bool silent_again = result == ProbeResult::kSilent && last_ == ProbeResult::kSilent;
    last_ = result;
    if (result == ProbeResult::kUntried) state_ = State::kUnknown;
    if (result == ProbeResult::kAccepted) state_ = State::kServing;
    if (result == ProbeResult::kRefused || silent_again) state_ = State::kAway;
    if (state_ == State::kUnknown) return std::nullopt;
    return state_ == State::kServing;
  }

 private:
  enum class State { kUnknown, kServing, kAway };

  ProbeResult last_ = ProbeResult::kUntried;
  State state_ = State::kUnknown;
};

}  // namespace locus::worker
