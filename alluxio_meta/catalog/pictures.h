// What locus-meta answers, as values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alluxio_meta/index/block_sketch.h"
#include "alluxio_meta/index/path_pattern.h"
#include "alluxio_meta/index/types.h"
#include "alluxio_meta/workers/worker_table.h"
#include "common/clock.h"

namespace locus::meta {

// An input as the client wrote it, and what it names.
struct Target {
  std::string input;
  // Absent: the input is malformed or belongs to no mount, and `problem` says which.
  std::optional<PathPattern> pattern;
  std::string problem;
  // The mount table that may cover the input has not been told yet.
  bool awaits_mounts = false;
};

// How old the news behind an answer is.
//
// age: since the longest silence among the workers that count (live, syncing, or closed for less than lost_after):
// never more than lost_after while one counts. Without any: since a worker was last heard, or since the start. stale:
// workers are known, but no stream of a worker that is heard is open: the picture is what they said last. A single lost
// worker does not make it stale, because its blocks do not count: the rest is as fresh as ever.
//
// With an Alluxio master, age is the time since the master was last heard, and stale: it is away, or was restarted and
// has not heard of all workers again.
struct Freshness {
  uint64_t run = 0;
  uint64_t epoch = 0;
  Duration age{0};
  bool stale = false;
};

enum class InputState { kKnown, kUnknown, kPending, kInvalid };

struct HolderPicture {
  HolderAddress address;
  std::string node;
  std::array<uint64_t, kTiers> bytes{};
};

struct InputPicture {
  std::string input;
  InputState state = InputState::kPending;
  std::string problem;
  uint64_t length = 0;
  uint64_t files = 0;
  uint64_t blocks = 0;
  uint64_t cached = 0;
  // By address.
  std::vector<HolderPicture> holders;
};

struct WorkerPicture {
  Worker worker;
  Duration silence{0};
  uint64_t blocks = 0;
  // By its own stream, or by the master.
  bool reports = false;
  // What is wrong with it, and what to do.
  std::string problem;
};

struct BlockPicture {
  struct Holder {
    HolderAddress address;
    std::string node;
    Tier tier = Tier::kMem;
  };
  std::string path;
  FileId file = 0;
  uint32_t index = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  std::vector<Holder> holders;
};

// Where a page of blocks begins: the first block at or after this one, in path and block order.
struct BlockPosition {
  std::string path;
  uint64_t block = 0;
};

struct BlocksPage {
  InputState state = InputState::kPending;
  std::string problem;
  Freshness freshness;
  std::vector<BlockPicture> blocks;
  // Where the next page begins; absent on the last one.
  std::optional<BlockPosition> next;
};

// Where the blocks of some files lie.
struct FilePlaces {
  struct Place {
    uint32_t block = 0;
    // Position in `workers`.
    uint32_t worker = 0;
    Tier tier = Tier::kMem;
  };
  std::vector<HolderAddress> workers;
  // One list for each file, by block.
  std::vector<std::vector<Place>> files;
};

// Some blocks of an input, and the Kubernetes nodes that hold them.
struct BlocksSample {
  InputState state = InputState::kPending;
  std::string problem;
  Freshness freshness;
  // By hash; `nodes` are positions in the list below, ascending.
  std::vector<SketchedBlock> blocks;
  // By name; each holds one of the blocks.
  std::vector<std::string> nodes;
  // Of the input: blocks that lie on a node.
  uint64_t cached_blocks = 0;
};

}  // namespace locus::meta
