// What the cluster knows around one decision: values, made under one look at the cluster.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "extender/decision/annotations.h"

namespace locus::extender {

// The texts of a pod's locus.dev/ annotations, owned.
using OwnedAnnotations = std::array<std::optional<std::string>, kAnnotations>;

// The pods that share a job's input. See GroupOf for how it is made; equal text: same group.
using GroupKey = std::string;

// Which zone each node is in (label topology.kubernetes.io/zone). Immutable. A decision asks for each offered node,
// most of which are in it: names are told apart by their 64-bit hashes alone, so that one look at memory answers. Two
// of 15,000 nodes share one in one of 10^11 clusters; one of them then counts as in the other's zone.
class ZoneTable {
 public:
  ZoneTable() = default;
  // Node and zone; nodes without a zone are left out.
  explicit ZoneTable(const std::vector<std::pair<std::string, std::string>>& nodes);

  std::optional<uint32_t> Find(std::string_view node) const;
  // Zones that have nodes, sorted.
  const std::vector<std::string>& names() const { return names_; }

 private:
  static constexpr uint32_t kFree = std::numeric_limits<uint32_t>::max();
  struct Slot {
    uint64_t hash = 0;
    // Of names_, or kFree.
    uint32_t zone = kFree;
  };

  // The slot of a node, or the free one where it belongs. There is always a free one: at most half are taken.
  size_t Probe(uint64_t hash) const;

  std::vector<std::string> names_;
  std::vector<Slot> slots_;
};

struct NodeFacts {
  // CPU requested by the pods that are bound here or assumed to be, as a fraction of what is allocatable; may exceed 1.
  double requested = 0;
  // The part of it by pods that came within `fresh` (ClusterOptions): load reports do not show them yet.
  double fresh = 0;
  // Of Surroundings::zones; empty: no zone is known.
  std::optional<uint32_t> zone;
};

// Members of a group on one node, bound or assumed.
struct Siblings {
  std::string node;
  uint32_t count = 0;
};

struct Surroundings {
  // False: the cluster is not known (no API server, or its first lists have not come); all else is then empty.
  bool synced = false;
  // Live pods of the group: pending, bound and running, the pod in question included. At least 1.
  size_t group_size = 1;
  // The other members that have a node: one entry a node, in no order.
  std::vector<Siblings> siblings;
  // Null when not synced.
  std::shared_ptr<const ZoneTable> zones;
  // One for each node asked for, in that order; empty: the API server has no such node.
  std::vector<std::optional<NodeFacts>> nodes;
};

}  // namespace locus::extender
