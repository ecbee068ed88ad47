#include "cache_worker/store/sieve.h"

#include <iterator>

namespace locus::worker {

void SievePolicy::Added(const BlockKey& key) { where_[key] = queue_.insert(queue_.begin(), {key, false}); }

void SievePolicy::Asked(const BlockKey& key) {
  const auto found = where_.find(key);
  if (found != where_.end()) found->second->used = true;
}

void SievePolicy::Removed(const BlockKey& key) {
  const auto found = where_.find(key);
  if (found == where_.end()) return;
  if (hand_ == found->second) hand_ = Next(hand_);
  queue_.erase(found->second);
  where_.erase(found);
}

std::optional<BlockKey> SievePolicy::Victim(Spared spared) {
  // One round takes all marks off, so the second finds what is not spared.
  for (size_t steps = 0; steps < 2 * queue_.size(); ++steps) {
    if (hand_ == queue_.end()) hand_ = std::prev(queue_.end());
    if (!spared(hand_->key)) {
      if (!hand_->used) return hand_->key;
      hand_->used = false;
    }
    hand_ = Next(hand_);
  }
  return std::nullopt;
}

}  // namespace locus::worker
