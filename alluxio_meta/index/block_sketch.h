// A uniform sample of blocks that changes little while the blocks do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "alluxio_meta/index/types.h"

namespace locus::meta {

// XXH3-64 of file id and position (8 and 4 bytes, little-endian): the same in any run of any locus-meta.
uint64_t BlockHash(FileId file, uint32_t block);

struct SketchedBlock {
  uint64_t hash = 0;
  uint64_t bytes = 0;
  // Where it is cached: numbers that the caller gives out.
  std::vector<uint32_t> nodes;
};

// Keeps the blocks with the smallest hashes: a bottom-k sketch (Cohen and Kaplan, "Summarizing Data using Bottom-k
// Sketches", PODC 2007). Which blocks these are depends on the blocks alone, not on their order; one more block or one
// less changes at most one of them. Pure; not thread-safe.
class BlockSketch {
 public:
  // At most `max_blocks`, and fewer when they would name more than `max_places` nodes in all: those with the smallest
  // hashes stay, which is a uniform sample still.
  BlockSketch(size_t max_blocks, size_t max_places) : max_blocks_(max_blocks), max_places_(max_places) {}

  // False: Add would not keep it.
  bool Wants(uint64_t hash) const { return hash < bound_; }
  void Add(SketchedBlock block);
  // The sample by hash; a block that was added twice is in it once. Leaves the sketch empty.
  std::vector<SketchedBlock> Take();

 private:
  const size_t max_blocks_;
  const size_t max_places_;
  // A heap: the largest hash in front.
  std::vector<SketchedBlock> blocks_;
  size_t places_ = 0;
  // The smallest hash that had to go: it and what is greater never come back.
  uint64_t bound_ = std::numeric_limits<uint64_t>::max();
};

}  // namespace locus::meta
