#include "cache_worker/store/block_store.h"

#include <algorithm>

#include "cache_worker/store/block_format.h"
#include "common/status.h"

namespace locus::worker {

BlockStore::BlockStore(BlockStoreOptions options, FileSystem& files, const EvictionPolicyFactory& policies,
                       BlockListener* listener)
    : options_(std::move(options)), files_(files), listener_(listener), rooms_(options_.folders) {
  for (size_t i = 0; i < options_.folders.size(); ++i) policies_.push_back(policies());
}

BlockStore::~BlockStore() = default;

std::string BlockStore::PathOf(size_t folder, const BlockKey& key) const {
  return options_.folders[folder].path + "/" + BlockFileName(key);
}

std::optional<uint64_t> BlockStore::OnlyBlockBytes() const {
  return options_.any_block_size ? std::nullopt : std::optional<uint64_t>(options_.block_bytes);
}

bool BlockStore::Touch(const FileFacts& file, uint32_t index) {
  MutexLock lock(mutex_);
  const BlockKey key{file.file_id, index};
  IndexedBlock* block = index_.Find(key);
  if (block == nullptr || *index_.FileOf(file.file_id) != file) return false;
  block->last_use = ++uses_;
  policies_[block->folder]->Used(key);
  return true;
}

absl::StatusOr<BlockStore::OpenBlock> BlockStore::Open(const FileFacts& file, uint32_t index) {
  if (!Touch(file, index)) return NotFound("not cached");
  return Peek(file, index);
}

absl::StatusOr<BlockStore::OpenBlock> BlockStore::Peek(const FileFacts& file, uint32_t index) {
  const BlockKey key{file.file_id, index};
  OpenBlock open;
  std::string path;
  {
    MutexLock lock(mutex_);
    const IndexedBlock* block = index_.Find(key);
    if (block == nullptr || *index_.FileOf(file.file_id) != file) return NotFound("not cached");
    open.tier = options_.folders[block->folder].tier;
    open.serial = block->serial;
    open.verified = block->verified;
    path = PathOf(block->folder, key);
  }
  absl::StatusOr<std::unique_ptr<ReadableFile>> opened = files_.Open(path);
  absl::Status status = opened.status();
  if (status.ok()) {
    absl::StatusOr<BlockTrailer> trailer = ReadTrailer(**opened);
    if (trailer.ok() && trailer->file == file && trailer->index == index) {
      open.reader = std::make_unique<BlockFileReader>(std::move(*opened), std::move(*trailer));
      return open;
    }
    status = trailer.ok() ? absl::DataLossError("the file holds another block") : trailer.status();
  }
  if (!absl::IsNotFound(status) && !absl::IsDataLoss(status)) return status;
  DropDamaged(file, index, open.serial);
  return NotFound("was damaged and is dropped: " + MessageOf(status));
}

void BlockStore::DropDamaged(const FileFacts& file, uint32_t index, uint64_t serial) {
  std::vector<Leaving> leaving;
  {
    MutexLock lock(mutex_);
    const BlockKey key{file.file_id, index};
    const IndexedBlock* block = index_.Find(key);
    // Evicted, or evicted and fetched again, since the caller opened it.
    if (block == nullptr || block->serial != serial) return;
    ++torn_;
    leaving.push_back(TakeOut(key));
  }
  RemoveFiles(leaving);
}

BlockStore::Dropped BlockStore::Drop(const std::string& path) {
  std::vector<Leaving> leaving;
  Dropped dropped;
  {
    MutexLock lock(mutex_);
    dropped = TakeOutAll(index_.AtOrBelow(path), leaving);
  }
  RemoveFiles(leaving);
  return dropped;
}

BlockStore::Dropped BlockStore::Drop(const BlockKey& key) {
  std::vector<Leaving> leaving;
  Dropped dropped;
  {
    MutexLock lock(mutex_);
    if (index_.Find(key) != nullptr) dropped = TakeOutAll({key}, leaving);
  }
  RemoveFiles(leaving);
  return dropped;
}

BlockStore::Dropped BlockStore::DropOtherContents(const std::string& path, uint64_t file_id) {
  std::vector<Leaving> leaving;
  Dropped dropped;
  {
    MutexLock lock(mutex_);
    dropped = TakeOutAll(index_.OtherContents(path, file_id), leaving);
  }
  RemoveFiles(leaving);
  return dropped;
}

BlockStore::Dropped BlockStore::TakeOutAll(const std::vector<BlockKey>& keys, std::vector<Leaving>& leaving) {
  Dropped dropped;
  for (const BlockKey& key : keys) {
    leaving.push_back(TakeOut(key));
    ++dropped.blocks;
    dropped.bytes += leaving.back().bytes;
  }
  return dropped;
}

BlockStore::Leaving BlockStore::TakeOut(const BlockKey& key) {
  const IndexedBlock block = *index_.Find(key);
  const std::shared_ptr<const FileFacts> file = index_.FileOf(key.file_id);
  index_.Erase(key);
  policies_[block.folder]->Removed(key);
  rooms_.Leave(block.folder, block.bytes);
  leaving_.insert(key);
  if (listener_ != nullptr) listener_->OnRemoved(file, key.index, options_.folders[block.folder].tier);
  return {key, block.folder, block.bytes};
}

void BlockStore::RemoveFiles(const std::vector<Leaving>& leaving) {
  for (const Leaving& l : leaving) {
    const std::string path = PathOf(l.folder, l.key);
    const absl::Status removed = files_.Remove(path);
    MutexLock lock(mutex_);
    if (removed.ok() || absl::IsNotFound(removed)) {
      rooms_.Free(l.folder, l.bytes);
      leaving_.erase(l.key);
    } else {
      stuck_.push_back({l.folder, {path, l.bytes}, l.key});
    }
  }
}

void BlockStore::RetryStuck() {
  std::vector<Stuck> retry;
  {
    MutexLock lock(mutex_);
    retry.swap(stuck_);
  }
  for (Stuck& s : retry) {
    const absl::Status removed = files_.Remove(s.file.path);
    MutexLock lock(mutex_);
    if (removed.ok() || absl::IsNotFound(removed)) {
      rooms_.Free(s.folder, s.file.bytes);
      if (s.key) leaving_.erase(*s.key);
    } else {
      stuck_.push_back(std::move(s));
    }
  }
}

uint64_t BlockStore::UseMark() {
  MutexLock lock(mutex_);
  return ++uses_;
}

std::shared_ptr<const FileFacts> BlockStore::FindContent(const std::string& path, uint64_t id_low40) {
  MutexLock lock(mutex_);
  return index_.FindContent(path, id_low40);
}

std::vector<StoredBlock> BlockStore::Snapshot(const std::function<void()>& at_that_moment) {
  MutexLock lock(mutex_);
  std::vector<StoredBlock> blocks;
  blocks.reserve(index_.blocks());
  for (const auto& [id, file] : index_.files()) {
    for (const auto& [index, block] : file.blocks) {
      blocks.push_back({file.file, index, options_.folders[block.folder].tier});
    }
  }
  at_that_moment();
  return blocks;
}

std::vector<TierUse> BlockStore::Usage() {
  MutexLock lock(mutex_);
  std::vector<TierUse> usage;
  for (const Tier tier : kAllTiers) {
    TierUse use{tier, 0, 0};
    for (size_t i = 0; i < rooms_.size(); ++i) {
      if (rooms_.folder(i).tier != tier) continue;
      use.capacity_bytes += rooms_.folder(i).quota_bytes;
      use.used_bytes += rooms_.used(i);
    }
    if (use.capacity_bytes > 0) usage.push_back(use);
  }
  return usage;
}

StoreStats BlockStore::Stats() {
  MutexLock lock(mutex_);
  return {evictions_, torn_, stuck_.size(), index_.blocks()};
}

}  // namespace locus::worker
