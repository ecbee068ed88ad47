// BlockStore at its start: folders, locks, and the index from what lies on disk.
#include <algorithm>
#include <cstdint>
#include <set>

#include "cache_worker/store/block_store.h"
#include "common/status.h"

namespace locus::worker {

std::string BlockStore::NameOf(size_t folder) const {
  const TierFolder& f = options_.folders[folder];
  return std::string(TierName(f.tier)) + " folder '" + f.path + "'";
}

std::vector<std::string> BlockStore::Prepare() {
  std::vector<std::string> problems;
  for (size_t i = 0; i < options_.folders.size(); ++i) {
    const std::string& path = options_.folders[i].path;
    absl::Status status;
    for (const char* below : {"", "/blocks", "/tmp"}) {
      if (status.ok()) status = files_.MakeFolder(path + below);
    }
    for (const char* below : {"", "/blocks"}) {
      // Also what an earlier process made and did not live to sync.
      if (status.ok() && options_.sync) status = files_.SyncFolder(path + below);
    }
    if (!status.ok()) {
      problems.push_back(NameOf(i) + " cannot be made: " + MessageOf(status));
      continue;
    }
    auto lock = files_.Lock(path + "/lock");
    if (absl::IsAlreadyExists(lock.status())) {
      problems.push_back(NameOf(i) + " is in use by another locus-worker: each worker needs folders of its own");
      continue;
    }
    if (!lock.ok()) {
      problems.push_back(NameOf(i) + " is not writable: " + MessageOf(lock.status()));
      continue;
    }
    locks_[i] = std::move(*lock);
    const std::string probe = path + "/tmp/probe";
    status = files_.Create(probe).status();
    if (status.ok()) status = files_.Remove(probe);
    if (!status.ok()) problems.push_back(NameOf(i) + " is not writable: " + MessageOf(status));
  }
  return problems;
}

absl::StatusOr<FolderScan> BlockStore::Scan(size_t folder, const std::atomic<bool>& stop) {
  const std::string& path = options_.folders[folder].path;
  LOCUS_ASSIGN_OR_RETURN(FolderScan scan, ScanFolder(files_, path, OnlyBlockBytes(), stop));
  if (!options_.sync) return scan;
  // An earlier process may have been killed between moving a block in place and syncing its name; what is found is told
  // to others as safe.
  std::set<std::string> groups;
  for (const FoundBlock& block : scan.blocks) {
    const std::string name = PathOf(folder, {block.file->file_id, block.index});
    groups.insert(name.substr(0, name.rfind('/')));
  }
  for (const std::string& group : groups) LOCUS_RETURN_IF_ERROR(files_.SyncFolder(group));
  return scan;
}

absl::StatusOr<RecoveryReport> BlockStore::Recover(const std::atomic<bool>& stop) {
  RecoveryReport report;
  {
    MutexLock pinning(pins_mutex_);
    // When the file cannot be read now, the next Pin tries again.
    static_cast<void>(LoadPins(&report.pins_damaged));
  }
  std::vector<FoundIn> found;
  for (size_t i = 0; i < options_.folders.size(); ++i) {
    absl::StatusOr<FolderScan> scan = Scan(i, stop);
    if (absl::IsCancelled(scan.status())) return scan.status();
    if (!scan.ok()) {
      SetHealth(i, {FolderHealth::kGone, MessageOf(scan.status())}, SteadyTime());
      ++report.folders_aside;
      continue;
    }
    for (FoundBlock& block : scan->blocks) found.push_back({i, std::move(block)});
    report.torn += scan->torn;
    report.leftovers += scan->leftovers;
    report.other_block_size += scan->other_block_size;
    report.foreign += scan->foreign;
    MutexLock lock(mutex_);
    KeepStuck(i, scan->stuck);
  }
  std::vector<Leaving> surplus;
  {
    MutexLock lock(mutex_);
    stats_.torn_blocks += report.torn;
    AddFound(std::move(found), false, surplus);
    report.blocks = index_.blocks();
    report.surplus = surplus.size();
  }
  RemoveFiles(surplus);
  return report;
}

void BlockStore::KeepStuck(size_t folder, const std::vector<StuckFile>& stuck) {
  for (const StuckFile& file : stuck) {
    rooms_.Occupy(folder, file.bytes);
    stuck_.push_back({folder, file, std::nullopt});
  }
}

void BlockStore::AddFound(std::vector<FoundIn> found, bool announce, std::vector<Leaving>& surplus) {
  // The order of writing stands for the order of use.
  std::stable_sort(found.begin(), found.end(),
                   [](const FoundIn& a, const FoundIn& b) { return a.block.modified_ns < b.block.modified_ns; });
  for (const FoundIn& f : found) AddRecovered(f, announce, surplus);
  for (size_t i = 0; i < rooms_.size(); ++i) TrimToQuota(i, surplus);
}

void BlockStore::AddRecovered(const FoundIn& found, bool announce, std::vector<Leaving>& surplus) {
  const BlockKey key{found.block.file->file_id, found.block.index};
  const uint64_t bytes = found.block.bytes;
  if (const IndexedBlock* twin = index_.Find(key)) {
    // Of two copies the faster one stays: a crash in the middle of a move leaves both.
    if (twin->folder <= found.folder) {
      rooms_.Occupy(found.folder, bytes);
      surplus.push_back(StartLeaving(key, found.folder, bytes));
      return;
    }
    surplus.push_back(TakeOut(key));
  }
  const std::shared_ptr<const FileFacts> known = index_.FileOf(key.file_id);
  const std::shared_ptr<const FileFacts>& file = known != nullptr ? known : found.block.file;
  IndexedBlock block;
  block.folder = found.folder;
  block.bytes = bytes;
  block.last_use = ++uses_;
  block.serial = ++serials_;
  PutIn(file, key.index, block);
  if (announce && listener_ != nullptr) listener_->OnAdded(file, key.index, options_.folders[found.folder].tier);
}

void BlockStore::TrimToQuota(size_t folder, std::vector<Leaving>& surplus) {
  uint64_t missing = rooms_.Missing(folder, 0);
  for (const Leaving& l : surplus) {
    if (l.folder == folder) missing -= std::min(missing, l.bytes);
  }
  const auto take = [&](const BlockKey& key) {
    surplus.push_back(TakeOut(key));
    missing -= std::min(missing, surplus.back().bytes);
  };
  while (missing > 0) {
    const std::optional<BlockKey> victim = VictimOf(folder, UINT64_MAX);
    if (!victim) break;
    take(*victim);
  }
  if (missing == 0) return;
  // Only what is pinned is left: a quota comes before a pin.
  for (const BlockKey& key : index_.InFolder(folder, SIZE_MAX)) {
    if (missing > 0) take(key);
  }
}

}  // namespace locus::worker
