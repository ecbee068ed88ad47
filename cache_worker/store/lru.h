// Eviction by age of the last use.
#pragma once

#include <list>
#include <unordered_map>

#include "cache_worker/store/eviction.h"

namespace locus::worker {

// The least recently used block goes first. All calls O(1). About 110 bytes of memory a block.
class LruPolicy final : public EvictionPolicy {
 public:
  void Added(const BlockKey& key) override;
  void Asked(const BlockKey& key) override;
  void Removed(const BlockKey& key) override;
  std::optional<BlockKey> Victim(Spared spared) override;

 private:
  // Oldest use first.
  std::list<BlockKey> order_;
  std::unordered_map<BlockKey, std::list<BlockKey>::iterator, BlockKeyHash> where_;
};

}  // namespace locus::worker
