// How decisions ended, in numbers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/clock.h"
#include "extender/decision/reason.h"

namespace locus::extender {

struct OutcomeCount {
  Outcome outcome = Outcome::kPassed;
  Reason reason = Reason::kNone;
  // Since the process was started.
  uint64_t count = 0;
  // When the present spell of it began: it is over when it has not happened for OutcomeTally::kQuiet.
  WallTime since;
  WallTime last;
};

// Not thread-safe.
class OutcomeTally {
 public:
  static constexpr Duration kQuiet = std::chrono::minutes(5);

  void Add(Outcome outcome, Reason reason, WallTime time);

  // What has happened at all, by outcome, then by reason.
  std::vector<OutcomeCount> Counts() const;

 private:
  std::array<std::array<OutcomeCount, kReasonWords.size()>, kOutcomeWords.size()> counts_{};
};

}  // namespace locus::extender
