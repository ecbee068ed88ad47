// Many requests for one block in a row are one visit.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <unordered_set>

#include "cache_worker/store/eviction.h"

namespace locus::worker {

// Blocks that may be visited at once: about as many as a node runs tasks.
inline constexpr size_t kMaxVisits = 64;

// How many blocks of a folder that holds so many may be visited at once: a quarter, at least 1, at most kMaxVisits.
inline size_t MostVisits(size_t blocks) { return std::clamp<size_t>(blocks / 4, 1, kMaxVisits); }

// A task reads a block piece by piece, and 64 tasks do so side by side. A visit is a block's first request and all that
// follow until MostVisits other blocks were asked for. The policy behind this one is told of the first request only: a
// scan in pieces does not look popular, nor does the read that had a block fetched. What is asked for all the time
// still counts, again and again, as far as anything else is asked for. And nobody's block goes in the middle of a
// visit, as long as there is another one to go: the next piece would have it fetched again.
//
// For policies that count uses. All calls O(1) beside those of the policy; at most 5 KiB of memory.
class OneUseAVisit final : public EvictionPolicy {
 public:
  explicit OneUseAVisit(std::unique_ptr<EvictionPolicy> policy) : policy_(std::move(policy)) {}

  void Added(const BlockKey& key) override;
  void Asked(const BlockKey& key) override;
  void Removed(const BlockKey& key) override;
  std::optional<BlockKey> Victim(Spared spared) override;
  bool Admits(const BlockKey& candidate, const BlockKey& victim) const override {
    return policy_->Admits(candidate, victim);
  }

 private:
  // False when the block is being visited already.
  bool Begin(const BlockKey& key);

  const std::unique_ptr<EvictionPolicy> policy_;
  size_t blocks_ = 0;
  // Oldest first; `visited_` has the same keys.
  std::deque<BlockKey> visits_;
  std::unordered_set<BlockKey, BlockKeyHash> visited_;
};

}  // namespace locus::worker
