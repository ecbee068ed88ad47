// BlockStore between its tiers: blocks that move up and down, and room that is made beforehand.
#include <algorithm>
#include <utility>

#include "cache_worker/store/block_format.h"
#include "cache_worker/store/block_store.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Blocks that wait to move up. More of them at once means that readers are faster than any disk could copy.
constexpr size_t kMaxHot = 1024;

absl::Status Overtaken() { return absl::AbortedError("the block has changed meanwhile"); }

}  // namespace

void BlockStore::WorkIsDue() {
  work_due_ = true;
  work_.NotifyOne();
}

void BlockStore::Wake() {
  MutexLock lock(mutex_);
  WorkIsDue();
}

void BlockStore::WaitForWork(Duration timeout) {
  MutexLock lock(mutex_);
  work_.WaitFor(mutex_, timeout, [this] { return work_due_; });
  work_due_ = false;
}

void BlockStore::Maintain(SteadyTime now, const std::atomic<bool>& stop) {
  for (size_t i = 0; i < options_.folders.size() && !stop; ++i) LookAfter(i, now, stop);
  // Slowest first: what the faster ones give up finds room there.
  for (size_t i = options_.folders.size(); i > 0 && !stop; --i) ClearSurplus(i - 1, stop);
  // What becomes hot meanwhile is for the next round, after another look at the folders.
  size_t hot_now = 0;
  {
    MutexLock lock(mutex_);
    hot_now = hot_.size();
  }
  for (; hot_now > 0 && !stop; --hot_now) {
    const std::optional<Hot> hot = NextHot();
    if (hot) Promote(*hot, stop);
  }
}

std::unique_ptr<BlockStore::Spare> BlockStore::SpareFromNow() {
  MutexLock lock(mutex_);
  spares_.insert(++uses_);
  return std::unique_ptr<Spare>(new Spare(*this, uses_));
}

BlockStore::Spare::~Spare() {
  MutexLock lock(store_.mutex_);
  store_.spares_.erase(store_.spares_.find(since_));
}

uint64_t BlockStore::SpareMark() const { return spares_.empty() ? UINT64_MAX : *spares_.begin(); }

void BlockStore::CountRead(const BlockKey& key, IndexedBlock& block) {
  const uint32_t enough = options_.tiers.promote_after;
  if (enough == 0 || options_.folders[block.folder].tier == options_.folders.front().tier) return;
  if (++block.reads < enough) return;
  // Whether or not it moves now, the next reads are counted anew: what was read long ago does not make a block hot.
  const uint64_t since = std::exchange(block.counted_since, uses_);
  block.reads = 0;
  if (hot_.size() >= kMaxHot) {
    ++stats_.promotions_dropped;
    return;
  }
  hot_.push_back({key, block.serial, since});
  WorkIsDue();
}

std::optional<BlockStore::Hot> BlockStore::NextHot() {
  MutexLock lock(mutex_);
  if (hot_.empty()) return std::nullopt;
  const Hot hot = hot_.front();
  hot_.pop_front();
  return hot;
}

FolderView BlockStore::View(size_t folder) const {
  FolderView view;
  view.tier = options_.folders[folder].tier;
  view.usable = states_[folder].health == FolderHealth::kWell;
  view.quota_bytes = options_.folders[folder].quota_bytes;
  view.taken_bytes = rooms_.used(folder) + rooms_.reserved(folder);
  view.live_bytes = rooms_.live(folder);
  return view;
}

std::vector<FolderView> BlockStore::Views() {
  std::vector<FolderView> views;
  for (size_t i = 0; i < options_.folders.size(); ++i) {
    views.push_back(View(i));
    // What the policy names next, not a search for something colder, which would take a step a block under the lock.
    if (const auto victim = VictimOf(i, SpareMark())) views.back().coldest = index_.Find(*victim)->last_use;
  }
  return views;
}

void BlockStore::NoteSurplus(size_t folder) {
  if (SurplusBytes(options_.tiers, View(folder)) > 0) WorkIsDue();
}

void BlockStore::ClearSurplus(size_t folder, const std::atomic<bool>& stop) {
  uint64_t surplus = 0;
  {
    MutexLock lock(mutex_);
    const FolderView view = View(folder);
    if (view.usable) surplus = SurplusBytes(options_.tiers, view);
  }
  while (surplus > 0 && !stop) {
    BlockKey key;
    IndexedBlock block;
    {
      MutexLock lock(mutex_);
      const std::optional<BlockKey> victim = VictimOf(folder, SpareMark());
      if (!victim) return;
      key = *victim;
      block = *index_.Find(key);
    }
    if (!Retire(key, block, stop)) return;
    surplus -= std::min(surplus, block.bytes);
  }
}

bool BlockStore::Retire(const BlockKey& key, const IndexedBlock& block, const std::atomic<bool>& stop) {
  std::optional<size_t> to;
  {
    MutexLock lock(mutex_);
    to = DemotionTarget(options_.tiers, Views(), block.folder, block.bytes, block.last_use);
  }
  if (to && MakeRoomForMove(*to, block.bytes, block.last_use, stop) && Move(key, block.serial, *to, stop).ok()) {
    MutexLock lock(mutex_);
    ++stats_.demotions;
    return true;
  }
  if (stop) return false;
  std::vector<Leaving> leaving;
  {
    MutexLock lock(mutex_);
    const IndexedBlock* now = index_.Find(key);
    if (now == nullptr || now->serial != block.serial || now->pinned) return true;
    leaving.push_back(TakeOut(key));
    ++stats_.evictions;
  }
  RemoveFiles(leaving);
  return true;
}

bool BlockStore::MakeRoomForMove(size_t folder, uint64_t bytes, uint64_t before, const std::atomic<bool>& stop) {
  while (!stop) {
    BlockKey key;
    IndexedBlock block;
    {
      MutexLock lock(mutex_);
      if (MissingForMove(options_.tiers, View(folder), bytes) == 0) return true;
      const std::optional<BlockKey> victim = VictimOf(folder, SpareMark());
      if (!victim) return false;
      key = *victim;
      block = *index_.Find(key);
      if (block.last_use >= before) return false;
    }
    // Ends: what is retired moves to a slower tier, or nowhere.
    if (!Retire(key, block, stop)) return false;
  }
  return false;
}

void BlockStore::Promote(const Hot& hot, const std::atomic<bool>& stop) {
  std::optional<size_t> to;
  uint64_t bytes = 0;
  {
    MutexLock lock(mutex_);
    const IndexedBlock* block = index_.Find(hot.key);
    if (block == nullptr || block->serial != hot.serial) return;
    bytes = block->bytes;
    to = PromotionTarget(options_.tiers, Views(), block->folder, bytes, hot.since);
  }
  const bool moved = to && MakeRoomForMove(*to, bytes, hot.since, stop) && Move(hot.key, hot.serial, *to, stop).ok();
  MutexLock lock(mutex_);
  ++(moved ? stats_.promotions : stats_.promotions_dropped);
}

absl::Status BlockStore::Move(const BlockKey& key, uint64_t serial, size_t to, const std::atomic<bool>& stop) {
  LOCUS_ASSIGN_OR_RETURN(const std::unique_ptr<Writer> writer, BeginMove(key, serial, to));
  absl::Status status = CopyInto(*writer, serial, stop);
  if (status.ok()) {
    status = PutInPlace(*writer);
    writer->trouble_ = status;
  }
  if (status.ok()) status = EndMove(*writer, serial);
  if (!status.ok() && !absl::IsAborted(status) && !absl::IsCancelled(status)) {
    MutexLock lock(mutex_);
    ++stats_.moves_failed;
  }
  return status;
}

absl::StatusOr<std::unique_ptr<BlockStore::Writer>> BlockStore::BeginMove(const BlockKey& key, uint64_t serial,
                                                                          size_t to) {
  std::shared_ptr<const FileFacts> file;
  {
    MutexLock room(room_mutex_);
    const std::vector<DiskSpace> disks = Disks();
    MutexLock lock(mutex_);
    const IndexedBlock* block = index_.Find(key);
    if (block == nullptr || block->serial != serial || writing_.count(key) != 0) return Overtaken();
    if (leaving_.count(key) != 0 || !MayHold(to, block->bytes, {}) || Missing(to, block->bytes, disks) > 0) {
      return Exhausted("no room");
    }
    file = index_.FileOf(key.file_id);
    Reserve(key, to, block->bytes);
  }
  return StartWriter(std::move(file), key.index, to);
}

absl::Status BlockStore::CopyInto(Writer& writer, uint64_t serial, const std::atomic<bool>& stop) {
  LOCUS_ASSIGN_OR_RETURN(OpenBlock open, Peek(*writer.file_, writer.index_));
  if (open.serial != serial) return Overtaken();
  std::string chunk;
  for (uint64_t i = 0; i < ChunkCount(open.reader->bytes()); ++i) {
    if (stop) return absl::CancelledError("stopped");
    const absl::Status read = open.reader->ReadChunk(i, chunk);
    if (absl::IsDataLoss(read)) DropCopy(writer.key(), serial);
    LOCUS_RETURN_IF_ERROR(read);
    LOCUS_RETURN_IF_ERROR(writer.Append(chunk));
  }
  return absl::OkStatus();
}

absl::Status BlockStore::EndMove(Writer& writer, uint64_t serial) {
  const BlockKey key = writer.key();
  const size_t to = writer.folder_;
  std::vector<Leaving> leaving;
  {
    MutexLock lock(mutex_);
    IndexedBlock* block = index_.Find(key);
    // Evicted, dropped, or found damaged: the copy goes too.
    if (block == nullptr || block->serial != serial) return Overtaken();
    if (block->pinned && to > block->folder) return Overtaken();
    if (states_[to].health == FolderHealth::kGone) return Unavailable(NameOf(to) + " is set aside");
    const size_t from = block->folder;
    const std::shared_ptr<const FileFacts> file = index_.FileOf(key.file_id);
    writing_.erase(key);
    --states_[to].busy;
    rooms_.Release(to, block->bytes);
    rooms_.Enter(to, block->bytes);
    if (block->pinned) {
      rooms_.Hold(to, block->bytes);
      rooms_.Unhold(from, block->bytes);
    } else {
      policies_[from]->Removed(key);
      MayGo(key, to, block->last_use);
    }
    rooms_.Leave(from, block->bytes);
    leaving.push_back(StartLeaving(key, from, block->bytes));
    leaving.back().pages = std::exchange(block->pages, nullptr);
    block->folder = to;
    block->serial = ++serials_;
    block->counted_since = uses_;
    block->reads = 0;
    block->verified = true;
    if (listener_ != nullptr) {
      listener_->OnAdded(file, key.index, options_.folders[to].tier);
      listener_->OnRemoved(file, key.index, options_.folders[from].tier);
    }
    writer.ended_ = true;
  }
  RemoveFiles(leaving);
  return absl::OkStatus();
}

}  // namespace locus::worker
