#include "cache_worker/store/lru.h"

#include <algorithm>

namespace locus::worker {

void LruPolicy::Added(const BlockKey& key) { where_[key] = order_.insert(order_.end(), key); }

void LruPolicy::Asked(const BlockKey& key) {
  const auto found = where_.find(key);
  if (found != where_.end()) order_.splice(order_.end(), order_, found->second);
}

void LruPolicy::Removed(const BlockKey& key) {
  const auto found = where_.find(key);
  if (found == where_.end()) return;
  order_.erase(found->second);
  where_.erase(found);
}

std::optional<BlockKey> LruPolicy::Victim(Spared spared) {
  const auto victim = std::find_if_not(order_.begin(), order_.end(), spared);
  if (victim == order_.end()) return std::nullopt;
  return *victim;
}

}  // namespace locus::worker
