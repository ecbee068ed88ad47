#include "alluxio_meta/index/unasked_blocks.h"

namespace locus::meta {

BlockOutcome UnaskedBlocks::Change(HolderId holder, const BlockChange& change) {
  Share& share = ShareOf(holder);
  const uint8_t bit = TierBit(change.tier);
  auto it = blocks_.find({change.file, change.block, holder, 0, 0});
  if (it == blocks_.end()) {
    if (!change.added) return BlockOutcome::kNoChange;
    if (blocks_.size() >= max_blocks_) return BlockOutcome::kLimit;
    blocks_.insert({change.file, change.block, holder, bit, static_cast<uint8_t>(share.confirmed & bit)});
    ++share.blocks;
    return BlockOutcome::kApplied;
  }
  const uint8_t before = it->tiers;
  share.unconfirmed -= Unconfirmed(*it, share);
  it->tiers = static_cast<uint8_t>(change.added ? before | bit : before & ~bit);
  if (change.added) it->marks = static_cast<uint8_t>((it->marks & ~bit) | (share.confirmed & bit));
  share.unconfirmed += Unconfirmed(*it, share);
  if (it->tiers == before) return BlockOutcome::kNoChange;
  if (it->tiers == 0) {
    blocks_.erase(it);
    --share.blocks;
  }
  return BlockOutcome::kApplied;
}

bool UnaskedBlocks::Put(FileId file, const Replica& replica) {
  if (blocks_.size() >= max_blocks_) return false;
  const auto [it, is_new] = blocks_.insert({file, replica.block, replica.holder, replica.tiers, replica.marks});
  if (!is_new) return true;
  Share& share = ShareOf(replica.holder);
  ++share.blocks;
  share.unconfirmed += Unconfirmed(*it, share);
  return true;
}

std::vector<Replica> UnaskedBlocks::Take(FileId file) {
  std::vector<Replica> taken;
  const auto first = blocks_.lower_bound({file, 0, 0, 0, 0});
  auto last = first;
  for (; last != blocks_.end() && last->file == file; ++last) {
    taken.push_back({last->block, last->holder, last->tiers, last->marks});
    Share& share = ShareOf(last->holder);
    --share.blocks;
    share.unconfirmed -= Unconfirmed(*last, share);
  }
  blocks_.erase(first, last);
  return taken;
}

void UnaskedBlocks::BeginSnapshot(HolderId holder, uint8_t confirmed, bool broken_off) {
  Share& share = ShareOf(holder);
  share.confirmed = confirmed;
  share.unconfirmed = share.blocks;
  if (!broken_off || share.blocks == 0) return;
  for (const Entry& entry : blocks_) {
    if (entry.holder == holder) entry.marks = static_cast<uint8_t>(~confirmed);
  }
}

size_t UnaskedBlocks::DropUnconfirmed(HolderId holder) {
  Share& share = ShareOf(holder);
  const size_t pairs = share.unconfirmed == 0 ? 0 : Drop(holder, false);
  share.unconfirmed = 0;
  return pairs;
}

void UnaskedBlocks::DropHolder(HolderId holder) {
  if (Blocks(holder) != 0) Drop(holder, true);
  ShareOf(holder) = Share{};
}

size_t UnaskedBlocks::Drop(HolderId holder, bool everything) {
  Share& share = ShareOf(holder);
  size_t pairs = 0;
  for (auto it = blocks_.begin(); it != blocks_.end();) {
    if (it->holder != holder) {
      ++it;
      continue;
    }
    const auto keep = static_cast<uint8_t>(everything ? 0 : it->tiers & ~(it->marks ^ share.confirmed));
    pairs += static_cast<size_t>(__builtin_popcount(it->tiers) - __builtin_popcount(keep));
    it->tiers = keep;
    if (keep != 0) {
      ++it;
      continue;
    }
    it = blocks_.erase(it);
    --share.blocks;
  }
  return pairs;
}

UnaskedBlocks::Share& UnaskedBlocks::ShareOf(HolderId holder) {
  if (holder >= shares_.size()) shares_.resize(size_t{holder} + 1);
  return shares_[holder];
}

}  // namespace locus::meta
