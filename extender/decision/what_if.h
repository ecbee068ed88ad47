// Where the executors of an application would go, and what that is worth, without any pod. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "extender/cluster/surroundings.h"
#include "extender/decision/annotations.h"
#include "extender/decision/holdings.h"
#include "extender/decision/score.h"

namespace locus::extender {

struct WhatIfQuestion {
  // Must outlive the call.
  const Holdings* holdings = nullptr;
  const NodeLoads* loads = nullptr;
  // Null: nothing is known of the cluster.
  const Surroundings* around = nullptr;
  // Nodes that executors can run on, and how many; empty: not known, and every holder has room for all.
  struct Room {
    std::string node;
    uint32_t executors = 0;
  };
  std::vector<Room> rooms;
  size_t executors = 1;
  std::optional<uint64_t> share_bytes;
  Layout layout = Layout::kSpread;
  // Uniform 64-bit numbers, for the placements that it is compared with; empty: it is compared with none.
  std::function<uint64_t()> random;
};

struct WhatIf {
  uint64_t share_bytes = 0;
  struct Place {
    std::string node;
    size_t executors = 0;
    // What they would read there, by tier.
    TierBytes taken{};
    uint64_t local_bytes = 0;
  };
  // Most executors first, then by name.
  std::vector<Place> places;
  // All of `places`.
  uint64_t taken_bytes = 0;
  // Executors for which no node with room is better than others: the scheduler's own plugins would decide.
  size_t elsewhere = 0;
  // What is to be expected of others, in bytes: each executor on a random node with room; and first one executor on
  // each node, in random order. Means of kDraws draws; empty: where executors have room is not known, or there is no
  // `random`.
  std::optional<double> random_bytes;
  std::optional<double> one_per_node_bytes;
};

inline constexpr int kDraws = 64;
// A plan is for a person who waits for it.
inline constexpr size_t kMaxPlannedExecutors = 10000;

WhatIf PlanExecutors(const WhatIfQuestion& question, const ScoringParameters& parameters);

}  // namespace locus::extender
