// Reads of blocks, made up from a seed in the ways in which caches are used.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cache_worker/store/block.h"

namespace locus::bench {

struct Request {
  worker::BlockKey key;
  // Of the block; always the same for one block.
  uint64_t bytes = 0;
};

struct Trace {
  std::string name;
  // Cache sizes are shares of this: what all blocks have together, less those that are read once only on purpose.
  uint64_t footprint_bytes = 0;
  std::vector<Request> requests;
};

// Independent reads of 10,000 blocks; the k-th most popular is read in proportion to k^-exponent.
Trace Zipf(double exponent, uint64_t seed);
// Zipf 0.9, and after each 4,000 reads a scan of 2,000 blocks that are never read again.
Trace ZipfWithScans(uint64_t seed);
// A table of 4,000 blocks that is read ten times by 16 tasks side by side.
Trace RepeatedScans(uint64_t seed);
// Two jobs by turns, six turns each: each reads its own table of 1,500 blocks three times, by 16 tasks side by side
// that read each block in so many pieces.
Trace TwoJobs(uint32_t pieces, uint64_t seed);
// Zipf 0.9 over 2,000 of 10,000 blocks; every 5,000 reads a tenth of them is exchanged for blocks not read before.
Trace ShiftingSet(uint64_t seed);
// Whole files, 2,000 of them, of 1 KiB to 20 blocks, by Zipf 0.8; their last blocks are shorter than the others.
Trace MixedFiles(uint64_t seed);

}  // namespace locus::bench
