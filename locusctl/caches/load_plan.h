// Which worker loads which part of a folder. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_wire/uri_path.h"
#include "common/clock.h"

namespace locus::ctl {

// A cache worker that takes part.
struct LoadWorker {
  // The Kubernetes node; empty where it matches none.
  std::string node;
  std::string host;
  // host:port of its CacheService.
  std::string address;
  bool live = true;

  bool operator==(const LoadWorker&) const = default;
};

// How the node or else the address is called in messages.
inline const std::string& NameOf(const LoadWorker& worker) {
  return worker.node.empty() ? worker.address : worker.node;
}

// Whether workers that are not live count.
enum class Lost { kLeftOut, kTaken };

// Those of `names` (a node, a host or host:port each), or all; in the order of node and address. NOT_FOUND: a name that
// no worker has, or one whose worker is lost and left out; the text says which there are.
absl::StatusOr<std::vector<LoadWorker>> ChooseWorkers(std::vector<LoadWorker> known,
                                                      const std::vector<std::string>& names,
                                                      Lost lost = Lost::kLeftOut);

// One Load call: of the files in path order those whose position modulo `shards` is `shard`; 0 shards: all.
struct LoadPart {
  size_t worker = 0;
  uint32_t shards = 0;
  uint32_t shard = 0;

  bool operator==(const LoadPart&) const = default;
};

// A worker runs so many loads at once (kMaxLoads of the worker).
inline constexpr uint32_t kMaxReplicas = 8;

// Part s of the n that n workers make goes to workers s, s+1, ... modulo n, `replicas` of them: each file ends up on so
// many, and each worker has equally many parts. INVALID_ARGUMENT: fewer workers than replicas, or more replicas than a
// worker runs parts at once, unless they are all workers.
absl::StatusOr<std::vector<LoadPart>> DivideLoad(size_t workers, uint32_t replicas);

// The path that workers know for a URI (PathOfUri). NOT_FOUND: below no mount. INVALID_ARGUMENT: a glob: workers take a
// file or a folder.
using alluxio_wire::MountedUri;
absl::StatusOr<std::string> LoadPath(const std::string& uri, const std::vector<MountedUri>& mounts);

}  // namespace locus::ctl
