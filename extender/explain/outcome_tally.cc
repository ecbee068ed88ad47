#include "extender/explain/outcome_tally.h"

namespace locus::extender {

void OutcomeTally::Add(Outcome outcome, Reason reason, WallTime time) {
  OutcomeCount& entry = counts_[static_cast<size_t>(outcome)][static_cast<size_t>(reason)];
  if (entry.count == 0 || time - entry.last > kQuiet) entry.since = time;
  ++entry.count;
  entry.last = time;
}

std::vector<OutcomeCount> OutcomeTally::Counts() const {
  std::vector<OutcomeCount> counts;
  for (size_t outcome = 0; outcome < counts_.size(); ++outcome) {
    for (size_t reason = 0; reason < counts_[outcome].size(); ++reason) {
      if (counts_[outcome][reason].count == 0) continue;
      counts.push_back(counts_[outcome][reason]);
      counts.back().outcome = static_cast<Outcome>(outcome);
      counts.back().reason = static_cast<Reason>(reason);
    }
  }
  return counts;
}

}  // namespace locus::extender
