#include "alluxio_meta/index/replica_set.h"

#include <algorithm>

namespace locus::meta {
namespace {

bool Before(const Replica& r, uint32_t block, HolderId holder) {
  return r.block != block ? r.block < block : r.holder < holder;
}

}  // namespace

Replica* ReplicaSet::Find(uint32_t block, HolderId holder) {
  const auto it = std::lower_bound(replicas_.begin(), replicas_.end(), 0,
                                   [&](const Replica& r, int) { return Before(r, block, holder); });
  return it != replicas_.end() && it->block == block && it->holder == holder ? &*it : nullptr;
}

std::span<const Replica> ReplicaSet::OfBlock(uint32_t block) const {
  const auto first = std::lower_bound(replicas_.begin(), replicas_.end(), block,
                                      [](const Replica& r, uint32_t b) { return r.block < b; });
  auto last = first;
  while (last != replicas_.end() && last->block == block) ++last;
  return {first, last};
}

Replica* ReplicaSet::Insert(const Replica& replica) {
  // By an eighth, not doubling: the spare room of millions of small arrays would be most of the index.
  if (replicas_.size() == replicas_.capacity()) {
    replicas_.reserve(replicas_.size() + std::max<size_t>(2, replicas_.size() / 8));
  }
  const auto it = std::lower_bound(replicas_.begin(), replicas_.end(), 0,
                                   [&](const Replica& r, int) { return Before(r, replica.block, replica.holder); });
  return &*replicas_.insert(it, replica);
}

void ReplicaSet::Erase(const Replica* replica) {
  replicas_.erase(replicas_.begin() + (replica - replicas_.data()));
  if (replicas_.empty()) replicas_.shrink_to_fit();
}

void ReplicaSet::EraseEmpty() {
  std::erase_if(replicas_, [](const Replica& r) { return r.tiers == 0; });
  replicas_.shrink_to_fit();
}

void ReplicaSet::Assign(std::span<const Replica> replicas) {
  // A vector of its own: assign() would keep spare room.
  replicas_ = std::vector<Replica>(replicas.begin(), replicas.end());
}

bool ReplicaSet::HasHolder(HolderId holder) const {
  return std::any_of(replicas_.begin(), replicas_.end(), [&](const Replica& r) { return r.holder == holder; });
}

}  // namespace locus::meta
