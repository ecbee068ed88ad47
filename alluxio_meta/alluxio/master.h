// What the mirror asks of an Alluxio master: values in, values out, no word of its wire.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "alluxio_meta/index/types.h"
#include "alluxio_meta/mounts/mount_table.h"
#include "alluxio_meta/workers/worker_table.h"
#include "common/clock.h"

namespace locus::meta {

// One stretch of one master process' leadership: grows by one whenever another leader is met, or the same one after a
// restart. 0: none was met yet. What a master says of block locations holds within one term only: a new leader knows
// none until the workers have registered with it.
using MasterTerm = uint64_t;

struct MasterWorkers {
  MasterTerm term = 0;
  std::vector<MasterWorker> workers;
};

// A copy of a block. `worker` is a position in MasterPage.workers.
struct BlockAt {
  uint32_t block = 0;
  uint32_t worker = 0;
  Tier tier = Tier::kMem;
};

struct MasterFile {
  // id: the container id, that is any of its block ids >> 24 (an empty file's: file id >> 24).
  FileFact fact;
  // By block, then worker; a worker stands once for a block, with its fastest tier.
  std::vector<BlockAt> replicas;
};

// Some entries of a listing.
struct MasterPage {
  MasterTerm term = 0;
  // Each address once, whatever the number of blocks.
  std::vector<HolderAddress> workers;
  // Complete files in the master's order: a folder's entries by name, and what is below an entry right after it. So
  // "/a/x" comes before "/a-b", as if '/' were the smallest character. Folders, and files that are being written, are
  // left out.
  std::vector<MasterFile> files;
  // Files that are being written.
  uint64_t unfinished = 0;
  // Time that the master took to answer, without the wait for the budget of calls.
  Duration took{0};
  // Locations and files that could not be used: an unknown tier, a worker without address, lengths that contradict.
  uint64_t malformed = 0;
};

struct MasterMounts {
  MasterTerm term = 0;
  std::vector<Mount> mounts;
};

// Thread-safe. Calls block, for at most their deadlines and the wait for the budget of calls; Stop ends them at once
// with CANCELLED. Nothing that is asked makes the master load or sync metadata.
//
// Errors: UNAVAILABLE (no leader, safe mode, a broken connection: ask again), DEADLINE_EXCEEDED, UNAUTHENTICATED (it
// refuses who we are), RESOURCE_EXHAUSTED (an answer beyond the limit, also with one file in it), NOT_FOUND (no such
// path), PERMISSION_DENIED and INVALID_ARGUMENT (the path), or what else the master says; the text is for a person and
// names the master.
class Master {
 public:
  virtual ~Master() = default;
  virtual absl::StatusOr<MasterWorkers> Workers() = 0;
  virtual absl::StatusOr<MasterMounts> Mounts() = 0;
  // All files at and below `path`, page by page in the order of MasterPage.files. Ends early, OK, when `page` returns
  // false. An error after some pages leaves them valid. All pages carry the same term: a change of it in the middle is
  // UNAVAILABLE.
  virtual absl::Status List(const std::string& path, const std::function<bool(MasterPage)>& page) = 0;
  // The same for a path that is known to be a file: cheaper for the master. A folder is FAILED_PRECONDITION.
  virtual absl::StatusOr<MasterPage> Status(const std::string& path) = 0;
  virtual void Stop() = 0;
};

}  // namespace locus::meta
