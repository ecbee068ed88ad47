// Running totals of a folder (or of a file with many blocks): what makes a question independent of the number of
// blocks.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "alluxio_meta/index/types.h"

namespace locus::meta {

// Distinct bytes by holder and tier: a sorted array of what is not zero, 16 bytes each. Not thread-safe.
class HolderBytes {
 public:
  struct Entry {
    // holder << 2 | tier: one holder's tiers stand together, fastest first.
    uint32_t key;
    uint64_t bytes;
    HolderId holder() const { return static_cast<HolderId>(key >> 2); }
    int tier() const { return static_cast<int>(key & 3U); }
  };

  // Adds a signed amount; the sum never falls below zero.
  void Add(HolderId holder, int tier, int64_t bytes);
  bool Has(HolderId holder) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

// What one change of a file adds to the totals of the file and of all folders above it.
struct Delta {
  HolderId holder = 0;
  std::array<int64_t, kTiers> tiers{};
  int64_t cached = 0;
  bool empty() const { return tiers == std::array<int64_t, kTiers>{} && cached == 0; }
};

struct Totals {
  uint64_t length = 0;
  uint64_t files = 0;
  uint64_t blocks = 0;
  // Distinct bytes on at least one counting holder.
  uint64_t cached = 0;
  // Of all holders, counting or not: the reader leaves out those that do not count.
  HolderBytes holders;

  void Apply(const Delta& delta);
};

}  // namespace locus::meta
