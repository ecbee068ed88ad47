#include "cache_worker/store/lru.h"

namespace locus::worker {

void LruPolicy::Added(const BlockKey& key) { where_[key] = order_.insert(order_.end(), key); }

void LruPolicy::Used(const BlockKey& key) {
  const auto found = where_.find(key);
  if (found != where_.end()) order_.splice(order_.end(), order_, found->second);
}

void LruPolicy::Removed(const BlockKey& key) {
  const auto found = where_.find(key);
  if (found == where_.end()) return;
  order_.erase(found->second);
  where_.erase(found);
}

std::optional<BlockKey> LruPolicy::Victim() const {
  if (order_.empty()) return std::nullopt;
  return order_.front();
}

}  // namespace locus::worker
