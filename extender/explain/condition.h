// How the extender itself is: what it knows of metadata and cluster, and which of that is not as it should be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "extender/explain/outcome_tally.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

// The part that has to do with the API server.
struct ClusterCondition {
  // An API server is configured.
  bool asked = false;
  // Nodes and pods have been listed.
  bool synced = false;
  // Since the API server was heard; empty before the first lists.
  std::optional<Duration> age;
  // Why something of it makes no progress, and what to do; empty: nothing.
  std::string problem;
  // This one opens gates.
  bool leads = false;
  // Who does, as far as is known here; empty: nobody.
  std::string leader;
};

struct Condition {
  WallTime started;
  WallTime now;
  LocalityNews news;
  // Older news is not used.
  Duration max_age{0};
  ClusterCondition cluster;
  std::vector<OutcomeCount> outcomes;
};

// Something that is not as it should be.
struct DegradedState {
  // metadata, cluster, gate or decisions.
  std::string part;
  // One word, for programs.
  std::string reason;
  // Empty: not known.
  std::optional<WallTime> since;
  // For people.
  std::string text;
};

// Worst parts first; empty when all is well. Decisions count for as long as their spell lasts.
std::vector<DegradedState> DegradedStates(const Condition& condition);

}  // namespace locus::extender
