// Whether a group was placed away from its inputs, and who loads what of them then. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "alluxio_wire/uri_path.h"
#include "extender/cluster/surroundings.h"
#include "extender/decision/holdings.h"
#include "extender/warm_up/load_queue.h"

namespace locus::extender {

// What became of a group; a metric counts by these words.
enum class WarmUpOutcome {
  kLoading,
  kLocal,     // enough of the input is cached where the pods are
  kUnknown,   // nobody knows the input, or locus-meta did not say in time what is cached, or where workers are
  kGlob,      // every input is a glob: workers load files and folders
  kNoMount,   // no input lies below a mount
  kTooLarge,  // larger than warm_up.max_bytes, or than the tiers of the nodes
  kNoWorker,  // no worker with a cache of its own lives on the nodes
  kTooMany,   // too many groups are known, or wait for their loads
};
inline constexpr std::string_view kWarmUpOutcomeWords[] = {"loading",  "local",     "unknown",   "glob",
                                                           "no_mount", "too_large", "no_worker", "too_many"};

// A live worker on a node.
struct CacheWorker {
  LoadTarget target;
  // Of all its tiers.
  uint64_t capacity_bytes = 0;
};

// The part of their shares that the pods of a group are predicted to read from their own nodes, 0 to 1; each has
// `share` bytes to read. Copies of a block on two of the nodes count twice. 1 when there is nothing to read.
double LocalShare(const Holdings& holdings, const std::vector<Siblings>& members, uint64_t share);

struct WarmUpPlan {
  WarmUpOutcome outcome = WarmUpOutcome::kUnknown;
  // For kLoading.
  LoadJob job;
  // Of the inputs to load, cached or not.
  uint64_t bytes = 0;
};

// Inputs that the nodes of `members` hold whole are left out, and those that no worker can load: globs, but for a last
// component of `*`, which is the folder. Each node's first worker by address takes part, the nodes by name.
WarmUpPlan PlanWarmUp(const GroupKey& group, const Holdings& holdings, const std::vector<Siblings>& members,
                      const std::vector<CacheWorker>& workers, const std::vector<alluxio_wire::MountedUri>& mounts,
                      uint64_t max_bytes);

}  // namespace locus::extender
