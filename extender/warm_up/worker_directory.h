// Where cache workers are, and what is mounted: asked at locus-meta when a group is to be loaded for.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_wire/uri_path.h"
#include "extender/warm_up/warm_up_plan.h"

namespace locus::extender {

// Thread-safe. Each call blocks for a time that the implementation bounds.
class WorkerDirectory {
 public:
  virtual ~WorkerDirectory() = default;

  // Live workers with a node that tell of their blocks themselves. Those beside an Alluxio worker (mode agent) are
  // among them, and refuse a load as UNIMPLEMENTED.
  virtual absl::StatusOr<std::vector<CacheWorker>> Workers() = 0;
  virtual absl::StatusOr<std::vector<alluxio_wire::MountedUri>> Mounts() = 0;
};

}  // namespace locus::extender
