#include "alluxio_meta/index/unasked_blocks.h"

namespace locus::meta {

BlockOutcome UnaskedBlocks::Change(HolderId holder, const BlockChange& change, uint8_t mark_bits) {
  const uint8_t bit = TierBit(change.tier);
  auto it = blocks_.find({change.file, change.block, holder, 0, 0});
  if (it == blocks_.end()) {
    if (!change.added) return BlockOutcome::kNoChange;
    if (blocks_.size() >= max_blocks_) return BlockOutcome::kLimit;
    blocks_.insert({change.file, change.block, holder, bit, static_cast<uint8_t>(mark_bits & bit)});
    Count(holder, 1);
    return BlockOutcome::kApplied;
  }
  const uint8_t before = it->tiers;
  it->tiers = static_cast<uint8_t>(change.added ? before | bit : before & ~bit);
  if (change.added) it->marks = static_cast<uint8_t>((it->marks & ~bit) | (mark_bits & bit));
  if (it->tiers == before) return BlockOutcome::kNoChange;
  if (it->tiers == 0) {
    blocks_.erase(it);
    Count(holder, -1);
  }
  return BlockOutcome::kApplied;
}

bool UnaskedBlocks::Put(FileId file, const Replica& replica) {
  if (blocks_.size() >= max_blocks_) return false;
  if (blocks_.insert({file, replica.block, replica.holder, replica.tiers, replica.marks}).second) {
    Count(replica.holder, 1);
  }
  return true;
}

std::vector<Replica> UnaskedBlocks::Take(FileId file) {
  std::vector<Replica> taken;
  const auto first = blocks_.lower_bound({file, 0, 0, 0, 0});
  auto last = first;
  for (; last != blocks_.end() && last->file == file; ++last) {
    taken.push_back({last->block, last->holder, last->tiers, last->marks});
    Count(last->holder, -1);
  }
  blocks_.erase(first, last);
  return taken;
}

void UnaskedBlocks::MarkAll(HolderId holder, uint8_t marks) {
  if (Blocks(holder) == 0) return;
  for (const Entry& entry : blocks_) {
    if (entry.holder == holder) entry.marks = marks;
  }
}

size_t UnaskedBlocks::Drop(HolderId holder, uint8_t mark_bits, bool everything) {
  if (Blocks(holder) == 0) return 0;
  size_t pairs = 0;
  for (auto it = blocks_.begin(); it != blocks_.end();) {
    if (it->holder != holder) {
      ++it;
      continue;
    }
    const auto keep = static_cast<uint8_t>(everything ? 0 : it->tiers & ~(it->marks ^ mark_bits));
    pairs += static_cast<size_t>(__builtin_popcount(it->tiers) - __builtin_popcount(keep));
    it->tiers = keep;
    if (keep != 0) {
      ++it;
      continue;
    }
    it = blocks_.erase(it);
    Count(holder, -1);
  }
  return pairs;
}

void UnaskedBlocks::Count(HolderId holder, int64_t change) {
  if (holder >= of_holder_.size()) of_holder_.resize(size_t{holder} + 1);
  of_holder_[holder] += static_cast<uint64_t>(change);
}

}  // namespace locus::meta
