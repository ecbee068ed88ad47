#include "cache_worker/store/block_store.h"

#include <algorithm>
#include <iterator>

#include "cache_worker/store/block_format.h"
#include "cache_worker/store/one_use_a_visit.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// A block may move, or go and come back, between the look into the index and the look at the disk.
constexpr int kLooks = 3;

}  // namespace

BlockStore::BlockStore(BlockStoreOptions options, FileSystem& files, const EvictionPolicyFactory& policies,
                       BlockListener* listener)
    : options_(std::move(options)),
      files_(files),
      listener_(listener),
      locks_(options_.folders.size()),
      rooms_(options_.folders),
      states_(options_.folders.size()) {
  for (size_t i = 0; i < options_.folders.size(); ++i) policies_.push_back(policies());
  none_before_.resize(options_.folders.size());
}

BlockStore::~BlockStore() = default;

std::string BlockStore::PathOf(size_t folder, const BlockKey& key) const {
  return options_.folders[folder].path + "/" + BlockFileName(key);
}

std::optional<uint64_t> BlockStore::OnlyBlockBytes() const {
  return options_.any_block_size ? std::nullopt : std::optional<uint64_t>(options_.block_bytes);
}

std::shared_ptr<const FileFacts> BlockStore::FactsOf(const BlockKey& key) {
  MutexLock lock(mutex_);
  return index_.Find(key) == nullptr ? nullptr : index_.FileOf(key.file_id);
}

bool BlockStore::Touch(const FileFacts& file, uint32_t index) {
  MutexLock lock(mutex_);
  const BlockKey key{file.file_id, index};
  for (const auto& policy : policies_) policy->Asked(key);
  IndexedBlock* block = index_.Find(key);
  if (block == nullptr || *index_.FileOf(file.file_id) != file) return false;
  // The pieces of one visit are one read: a scan in pieces does not move what it passes.
  const bool new_visit = uses_ - block->last_use >= MostVisits(index_.blocks());
  block->last_use = ++uses_;
  if (new_visit) CountRead(key, *block);
  return true;
}

absl::StatusOr<BlockStore::OpenBlock> BlockStore::Open(const FileFacts& file, uint32_t index) {
  if (!Touch(file, index)) return NotFound("not cached");
  return Peek(file, index);
}

absl::StatusOr<BlockStore::OpenBlock> BlockStore::Peek(const FileFacts& file, uint32_t index) {
  const BlockKey key{file.file_id, index};
  for (int look = 1;; ++look) {
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
    if (DropCopy(key, open.serial)) return NotFound("was damaged and is dropped: " + MessageOf(status));
    if (look == kLooks) return NotFound("is gone");
  }
}

void BlockStore::MapPages(OpenBlock& open) {
  if (open.tier != Tier::kMem) return;
  const BlockKey key{open.reader->file().file_id, open.reader->index()};
  const auto of_this_copy = [&]() REQUIRES(mutex_) {
    IndexedBlock* block = index_.Find(key);
    return block != nullptr && block->serial == open.serial ? block : nullptr;
  };
  {
    MutexLock lock(mutex_);
    const IndexedBlock* block = of_this_copy();
    // Of a copy that has left, nobody else will read.
    if (block == nullptr) return;
    if (block->pages != nullptr) return open.reader->UsePages(block->pages);
  }
  absl::StatusOr<std::shared_ptr<const MappedFile>> pages = open.reader->Map();
  if (!pages.ok()) return;
  open.reader->UsePages(*pages);
  MutexLock lock(mutex_);
  // Of two readers at once, the later one's are kept by itself alone.
  if (IndexedBlock* block = of_this_copy(); block != nullptr && block->pages == nullptr) {
    block->pages = *std::move(pages);
  }
}

void BlockStore::DropDamaged(const FileFacts& file, uint32_t index, uint64_t serial) {
  DropCopy({file.file_id, index}, serial);
}

bool BlockStore::DropCopy(const BlockKey& key, uint64_t serial) {
  std::vector<Leaving> leaving;
  {
    MutexLock lock(mutex_);
    const IndexedBlock* block = index_.Find(key);
    // Evicted, moved, or evicted and fetched again, since the caller opened it.
    if (block == nullptr || block->serial != serial) return false;
    ++stats_.torn_blocks;
    NoteTrouble(block->folder, absl::DataLossError("a block is damaged"));
    leaving.push_back(TakeOut(key));
  }
  RemoveFiles(leaving);
  return true;
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

void BlockStore::PutIn(const std::shared_ptr<const FileFacts>& file, uint32_t index, IndexedBlock block) {
  const BlockKey key{file->file_id, index};
  const bool below_pin = !pins_.Holder(file->path).empty();
  block.pinned = below_pin && stats_.pinned_bytes + block.bytes <= options_.max_pinned;
  if (below_pin && !block.pinned) ++stats_.pins_over_limit;
  block.counted_since = uses_;
  rooms_.Enter(block.folder, block.bytes);
  if (block.pinned) {
    rooms_.Hold(block.folder, block.bytes);
    stats_.pinned_bytes += block.bytes;
  } else {
    MayGo(key, block.folder, block.last_use);
  }
  index_.Insert(file, index, block);
  NoteSurplus(block.folder);
}

IndexedBlock BlockStore::LeaveIndex(const BlockKey& key) {
  const IndexedBlock block = *index_.Find(key);
  const std::shared_ptr<const FileFacts> file = index_.FileOf(key.file_id);
  index_.Erase(key);
  if (block.pinned) {
    rooms_.Unhold(block.folder, block.bytes);
    stats_.pinned_bytes -= block.bytes;
  } else {
    policies_[block.folder]->Removed(key);
  }
  rooms_.Leave(block.folder, block.bytes);
  if (listener_ != nullptr) listener_->OnRemoved(file, key.index, options_.folders[block.folder].tier);
  return block;
}

BlockStore::Leaving BlockStore::StartLeaving(const BlockKey& key, size_t folder, uint64_t bytes) {
  leaving_.insert(key);
  ++states_[folder].busy;
  return {key, folder, bytes, nullptr};
}

void BlockStore::EndLeaving(const BlockKey& key) {
  // One file of that key; another may still have to go.
  if (const auto found = leaving_.find(key); found != leaving_.end()) leaving_.erase(found);
}

BlockStore::Leaving BlockStore::TakeOut(const BlockKey& key) {
  IndexedBlock block = LeaveIndex(key);
  Leaving leaving = StartLeaving(key, block.folder, block.bytes);
  leaving.pages = std::move(block.pages);
  return leaving;
}

void BlockStore::RemoveFiles(const std::vector<Leaving>& leaving) {
  for (const Leaving& l : leaving) {
    const std::string path = PathOf(l.folder, l.key);
    const absl::Status removed = files_.Remove(path);
    MutexLock lock(mutex_);
    FolderState& state = states_[l.folder];
    --state.busy;
    // What lies in a folder that is gone is found when it is back.
    if (removed.ok() || absl::IsNotFound(removed) || state.health == FolderHealth::kGone) {
      rooms_.Free(l.folder, l.bytes);
      EndLeaving(l.key);
    } else {
      NoteTrouble(l.folder, removed);
      stuck_.push_back({l.folder, {path, l.bytes}, l.key});
    }
  }
}

void BlockStore::RetryStuck() {
  std::vector<Stuck> retry;
  {
    MutexLock lock(mutex_);
    // Where nothing can be written, nothing can be removed.
    const auto waits = [this](const Stuck& s) { return states_[s.folder].health != FolderHealth::kWell; };
    const auto middle = std::partition(stuck_.begin(), stuck_.end(), waits);
    retry.assign(std::make_move_iterator(middle), std::make_move_iterator(stuck_.end()));
    stuck_.erase(middle, stuck_.end());
  }
  for (Stuck& s : retry) {
    const absl::Status removed = files_.Remove(s.file.path);
    MutexLock lock(mutex_);
    if (removed.ok() || absl::IsNotFound(removed)) {
      rooms_.Free(s.folder, s.file.bytes);
      if (s.key) EndLeaving(*s.key);
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
  for (size_t i = 0; i < rooms_.size(); ++i) {
    const TierFolder& folder = rooms_.folder(i);
    if (usage.empty() || usage.back().tier != folder.tier) usage.push_back({folder.tier, 0, 0});
    if (states_[i].health != FolderHealth::kGone) usage.back().capacity_bytes += folder.quota_bytes;
    usage.back().used_bytes += rooms_.used(i);
  }
  return usage;
}

StoreStats BlockStore::Stats() {
  MutexLock lock(mutex_);
  StoreStats stats = stats_;
  stats.stuck_files = stuck_.size();
  stats.blocks = index_.blocks();
  return stats;
}

}  // namespace locus::worker
