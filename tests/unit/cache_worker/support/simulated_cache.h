// What a cache of some size would have hit, by its eviction policy alone.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "cache_worker/store/eviction.h"

namespace locus::worker {

// One folder of a block store without the store: the same calls of the policy in the same order. Not thread-safe.
class SimulatedCache {
 public:
  SimulatedCache(std::unique_ptr<EvictionPolicy> policy, uint64_t capacity_bytes)
      : policy_(std::move(policy)), capacity_bytes_(capacity_bytes) {}

  // Reads a block of that length, which is not longer than the cache; fetches it when it is not there. Whether it was.
  bool Read(const BlockKey& key, uint64_t bytes) {
    policy_->Asked(key);
    if (blocks_.count(key) != 0) return true;
    while (used_bytes_ + bytes > capacity_bytes_) {
      const auto victim = blocks_.find(*policy_->Victim(NoneSpared));
      policy_->Removed(victim->first);
      used_bytes_ -= victim->second;
      blocks_.erase(victim);
    }
    policy_->Added(key);
    blocks_.emplace(key, bytes);
    used_bytes_ += bytes;
    // The read goes on from the cache.
    policy_->Asked(key);
    return false;
  }

  uint64_t used_bytes() const { return used_bytes_; }
  size_t blocks() const { return blocks_.size(); }
  bool Has(const BlockKey& key) const { return blocks_.count(key) != 0; }

 private:
  const std::unique_ptr<EvictionPolicy> policy_;
  const uint64_t capacity_bytes_;
  uint64_t used_bytes_ = 0;
  std::unordered_map<BlockKey, uint64_t, BlockKeyHash> blocks_;
};

}  // namespace locus::worker
