#include "cache_worker/alluxio/held_blocks.h"

#include <utility>

#include "alluxio_wire/block_id.h"

namespace locus::worker {

AlluxioBlockId AlluxioIdOf(const BlockKey& key) { return alluxio_wire::JoinBlockId({key.file_id, key.index}); }

BlockKey KeyOf(AlluxioBlockId id) {
  const alluxio_wire::BlockId split = alluxio_wire::SplitBlockId(id);
  return {split.container, split.sequence};
}

void HeldBlocks::Begin(BlockStore& store) {
  const std::vector<StoredBlock> stored = store.Snapshot([this] {
    MutexLock lock(mutex_);
    beginning_ = true;
  });
  MutexLock lock(mutex_);
  for (const StoredBlock& block : stored) Apply({block.file, block.index, block.tier, true});
  for (const Event& event : early_) Apply(event);
  early_.clear();
  early_.shrink_to_fit();
  beginning_ = false;
}

void HeldBlocks::Apply(const Event& event) {
  const uint64_t container = event.file->file_id;
  const AlluxioBlockId id = AlluxioIdOf({container, event.index});
  if (event.added) {
    File& file = files_[container];
    file.facts = event.file;
    ++file.copies;
    ledger_.Added({id, event.tier, BlockLength(*event.file, event.index)});
    return;
  }
  ledger_.Removed(id, event.tier);
  const auto file = files_.find(container);
  if (file != files_.end() && --file->second.copies == 0) files_.erase(file);
}

void HeldBlocks::Hear(Event event) {
  report_.Push({nullptr, event.index, event.tier, event.added, event.file->file_id});
  {
    MutexLock lock(mutex_);
    if (beginning_) {
      early_.push_back(std::move(event));
      return;
    }
    Apply(event);
  }
  if (on_news_) on_news_();
}

void HeldBlocks::OnAdded(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) {
  Hear({file, index, tier, true});
}

void HeldBlocks::OnRemoved(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) {
  Hear({file, index, tier, false});
}

std::shared_ptr<const FileFacts> HeldBlocks::FileOf(uint64_t container) const {
  MutexLock lock(mutex_);
  const auto found = files_.find(container);
  return found == files_.end() ? nullptr : found->second.facts;
}

LedgerNews HeldBlocks::Take(size_t max) {
  MutexLock lock(mutex_);
  return ledger_.Take(max);
}

void HeldBlocks::PutBack(const LedgerNews& news) {
  MutexLock lock(mutex_);
  ledger_.PutBack(news);
}

std::vector<LedgerBlock> HeldBlocks::StartOver() {
  MutexLock lock(mutex_);
  return ledger_.StartOver();
}

std::vector<AlluxioBlockId> HeldBlocks::ToFree(const std::vector<AlluxioBlockId>& ids) {
  MutexLock lock(mutex_);
  return ledger_.ToFree(ids);
}

bool HeldBlocks::has_news() const {
  MutexLock lock(mutex_);
  return ledger_.has_news();
}

bool HeldBlocks::has_added() const {
  MutexLock lock(mutex_);
  return ledger_.has_added();
}

std::vector<BlockEvent> HeldBlocksSource::Snapshot(const std::function<void()>& at_that_moment) {
  const std::vector<StoredBlock> stored = store_.Snapshot(at_that_moment);
  std::vector<BlockEvent> blocks;
  blocks.reserve(stored.size());
  for (const StoredBlock& block : stored) {
    blocks.push_back({nullptr, block.index, block.tier, true, block.file->file_id});
  }
  return blocks;
}

}  // namespace locus::worker
