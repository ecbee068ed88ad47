#include "cache_worker/alluxio/block_ledger.h"

namespace locus::worker {

void BlockLedger::Note(AlluxioBlockId id, Change change) {
  const auto [entry, fresh] = news_.try_emplace(id, change);
  if (!fresh) {
    if (entry->second == Change::kAdded) --added_;
    // The master has not heard of the block: a move is no news of its own.
    if (entry->second == Change::kAdded && change == Change::kMoved) change = Change::kAdded;
    entry->second = change;
  }
  if (change == Change::kAdded) ++added_;
}

void BlockLedger::Added(const LedgerBlock& block) {
  const auto [entry, fresh] = held_.try_emplace(block.id, Held{block.tier, block.bytes});
  if (!fresh && entry->second.tier == block.tier) return;
  entry->second = {block.tier, block.bytes};
  Note(block.id, fresh ? Change::kAdded : Change::kMoved);
}

void BlockLedger::Removed(AlluxioBlockId id, Tier tier) {
  const auto held = held_.find(id);
  // The end of a move.
  if (held == held_.end() || held->second.tier != tier) return;
  held_.erase(held);
  Note(id, Change::kRemoved);
}

LedgerNews BlockLedger::Take(size_t max) {
  LedgerNews news;
  for (size_t taken = 0; taken < max && !news_.empty(); ++taken) {
    const auto entry = news_.begin();
    const AlluxioBlockId id = entry->first;
    const Change change = entry->second;
    news_.erase(entry);
    if (change == Change::kAdded) --added_;
    if (change == Change::kRemoved) {
      news.removed.push_back(id);
      continue;
    }
    const Held& held = held_.at(id);
    (change == Change::kAdded ? news.added : news.moved).push_back({id, held.tier, held.bytes});
  }
  return news;
}

void BlockLedger::PutBack(const LedgerNews& news) {
  const auto put = [this](AlluxioBlockId id, Change change) {
    const auto newer = news_.find(id);
    if (newer == news_.end()) {
      // Where nothing is newer, the state is still the one that was not told.
      Note(id, change);
    } else if (newer->second == Change::kMoved && change == Change::kAdded) {
      newer->second = Change::kAdded;
      ++added_;
    }
  };
  for (const LedgerBlock& block : news.added) put(block.id, Change::kAdded);
  for (const LedgerBlock& block : news.moved) put(block.id, Change::kMoved);
  for (const AlluxioBlockId id : news.removed) put(id, Change::kRemoved);
}

std::vector<LedgerBlock> BlockLedger::StartOver() {
  news_.clear();
  added_ = 0;
  std::vector<LedgerBlock> blocks;
  blocks.reserve(held_.size());
  for (const auto& [id, held] : held_) blocks.push_back({id, held.tier, held.bytes});
  return blocks;
}

std::vector<AlluxioBlockId> BlockLedger::ToFree(const std::vector<AlluxioBlockId>& ids) {
  std::vector<AlluxioBlockId> here;
  for (const AlluxioBlockId id : ids) {
    if (held_.count(id) != 0) {
      here.push_back(id);
    } else {
      Note(id, Change::kRemoved);
    }
  }
  return here;
}

}  // namespace locus::worker
