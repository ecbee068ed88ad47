#include "cache_worker/store/one_use_a_visit.h"

namespace locus::worker {
bool OneUseAVisit::Begin(const BlockKey& key) {
  if (!visited_.insert(key).second) return false;
  visits_.push_back(key);
  for (const size_t most = MostVisits(blocks_); visits_.size() > most;) {
    visited_.erase(visits_.front());
    visits_.pop_front();
  }
  return true;
}

void OneUseAVisit::Added(const BlockKey& key) {
  ++blocks_;
  policy_->Added(key);
  // Whoever had it fetched is about to read it.
  Begin(key);
}

void OneUseAVisit::Asked(const BlockKey& key) {
  if (Begin(key)) policy_->Asked(key);
}

void OneUseAVisit::Removed(const BlockKey& key) {
  --blocks_;
  policy_->Removed(key);
}

std::optional<BlockKey> OneUseAVisit::Victim(Spared spared) {
  const std::optional<BlockKey> victim =
      policy_->Victim([&](const BlockKey& key) { return visited_.count(key) != 0 || spared(key); });
  return victim ? victim : policy_->Victim(spared);
}

}  // namespace locus::worker
