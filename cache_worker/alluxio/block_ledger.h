// What this worker holds, and what of it the Alluxio master does not know yet. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "cache_worker/store/block.h"

namespace locus::worker {

// A block id as Alluxio writes it.
using AlluxioBlockId = int64_t;

struct LedgerBlock {
  AlluxioBlockId id = 0;
  Tier tier = Tier::kMem;
  uint64_t bytes = 0;

  bool operator==(const LedgerBlock&) const = default;
};

// What has changed since the master was told last. A block is in one of them at most.
struct LedgerNews {
  // New here: to be committed.
  std::vector<LedgerBlock> added;
  // In another tier than before.
  std::vector<LedgerBlock> moved;
  std::vector<AlluxioBlockId> removed;

  bool empty() const { return added.empty() && moved.empty() && removed.empty(); }
};

// Not thread-safe. About 50 bytes a block. Of several changes of one block the last state counts.
class BlockLedger {
 public:
  // As the store tells: a move is an addition in the new tier, then a removal from the old one.
  void Added(const LedgerBlock& block);
  void Removed(AlluxioBlockId id, Tier tier);

  // At most `max` changes, which count as told from then on.
  LedgerNews Take(size_t max);
  // They were not told after all; what has changed since is newer than they.
  void PutBack(const LedgerNews& news);
  // All blocks, for a registration; nothing is news after it.
  std::vector<LedgerBlock> StartOver();

  // The master wants these gone. Returns those that are here; it is told of the others that they are gone.
  std::vector<AlluxioBlockId> ToFree(const std::vector<AlluxioBlockId>& ids);

  size_t blocks() const { return held_.size(); }
  bool has_news() const { return !news_.empty(); }
  // Some of it is an addition, which readers wait for.
  bool has_added() const { return added_ > 0; }

 private:
  enum class Change { kAdded, kMoved, kRemoved };
  struct Held {
    Tier tier = Tier::kMem;
    uint64_t bytes = 0;
  };
  void Note(AlluxioBlockId id, Change change);

  std::unordered_map<AlluxioBlockId, Held> held_;
  std::unordered_map<AlluxioBlockId, Change> news_;
  size_t added_ = 0;
};

}  // namespace locus::worker
