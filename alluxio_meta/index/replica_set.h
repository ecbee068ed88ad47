// The replicas of one file: a compact sorted array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "alluxio_meta/index/types.h"

namespace locus::meta {

// One block on one holder. `tiers` has bit 1 << tier for each tier that holds a copy; `marks` has the snapshot parity
// of the news that told of it (LocalityIndex::BeginSnapshot).
struct Replica {
  uint32_t block;
  HolderId holder;
  uint8_t tiers;
  uint8_t marks;
};
static_assert(sizeof(Replica) == 8);

inline uint8_t TierBit(Tier tier) { return static_cast<uint8_t>(1U << static_cast<int>(tier)); }

// The fastest tier of a mask; kTiers for the empty mask.
inline int FastestTier(uint8_t tiers) {
  for (int t = 0; t < kTiers; ++t) {
    if ((tiers >> t) & 1U) return t;
  }
  return kTiers;
}

// Sorted by block, then holder. Not thread-safe. Pointers and spans hold until the next Insert or Erase.
class ReplicaSet {
 public:
  Replica* Find(uint32_t block, HolderId holder);
  std::span<const Replica> OfBlock(uint32_t block) const;
  // The pair must not be there yet.
  Replica* Insert(const Replica& replica);
  void Erase(const Replica* replica);
  // Removes what has no tier left.
  void EraseEmpty();
  // Replaces all; `replicas` is in order.
  void Assign(std::span<const Replica> replicas);
  bool HasHolder(HolderId holder) const;

  std::span<Replica> all() { return replicas_; }
  std::span<const Replica> all() const { return replicas_; }
  size_t size() const { return replicas_.size(); }
  bool empty() const { return replicas_.empty(); }

 private:
  std::vector<Replica> replicas_;
};

}  // namespace locus::meta
