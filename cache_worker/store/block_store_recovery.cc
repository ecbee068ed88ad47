// BlockStore at its start: folders, locks, and the index from what lies on disk.
#include <algorithm>

#include "cache_worker/store/block_store.h"
#include "common/status.h"

namespace locus::worker {

std::vector<std::string> BlockStore::Prepare() {
  std::vector<std::string> problems;
  for (const TierFolder& folder : options_.folders) {
    const std::string name = std::string(TierName(folder.tier)) + " folder '" + folder.path + "'";
    absl::Status status;
    for (const char* below : {"", "/blocks", "/tmp"}) {
      if (status.ok()) status = files_.MakeFolder(folder.path + below);
    }
    if (!status.ok()) {
      problems.push_back(name + " cannot be made: " + MessageOf(status));
      continue;
    }
    auto lock = files_.Lock(folder.path + "/lock");
    if (absl::IsAlreadyExists(lock.status())) {
      problems.push_back(name + " is in use by another locus-worker: each worker needs folders of its own");
      continue;
    }
    if (!lock.ok()) {
      problems.push_back(name + " is not writable: " + MessageOf(lock.status()));
      continue;
    }
    locks_.push_back(std::move(*lock));
    const std::string probe = folder.path + "/tmp/probe";
    status = files_.Create(probe).status();
    if (status.ok()) status = files_.Remove(probe);
    if (!status.ok()) problems.push_back(name + " is not writable: " + MessageOf(status));
  }
  return problems;
}

absl::StatusOr<RecoveryReport> BlockStore::Recover(const std::atomic<bool>& stop) {
  struct Found {
    size_t folder = 0;
    FoundBlock block;
  };
  std::vector<Found> found;
  std::vector<Leaving> surplus;
  RecoveryReport report;
  for (size_t i = 0; i < options_.folders.size(); ++i) {
    LOCUS_ASSIGN_OR_RETURN(FolderScan scan, ScanFolder(files_, options_.folders[i].path, OnlyBlockBytes(), stop));
    for (FoundBlock& block : scan.blocks) found.push_back({i, std::move(block)});
    report.torn += scan.torn;
    report.leftovers += scan.leftovers;
    report.other_block_size += scan.other_block_size;
    report.foreign += scan.foreign;
    MutexLock lock(mutex_);
    for (StuckFile& file : scan.stuck) {
      rooms_.Occupy(i, file.bytes);
      stuck_.push_back({i, std::move(file), std::nullopt});
    }
  }
  // The faster of two copies comes first and stays; then the order of writing stands for the order of use.
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.block.modified_ns < b.block.modified_ns; });
  {
    MutexLock lock(mutex_);
    torn_ += report.torn;
    for (const Found& f : found) AddRecovered(f.folder, f.block, surplus);
    for (size_t i = 0; i < rooms_.size(); ++i) {
      for (uint64_t missing = rooms_.Missing(i, 0); missing > 0;) {
        const std::optional<BlockKey> victim = policies_[i]->Victim();
        if (!victim) break;
        surplus.push_back(TakeOut(*victim));
        missing -= std::min(missing, surplus.back().bytes);
      }
    }
    report.blocks = index_.blocks();
    report.surplus = surplus.size();
  }
  RemoveFiles(surplus);
  return report;
}

void BlockStore::AddRecovered(size_t folder, const FoundBlock& found, std::vector<Leaving>& surplus) {
  const BlockKey key{found.file->file_id, found.index};
  rooms_.Occupy(folder, found.bytes);
  if (const IndexedBlock* twin = index_.Find(key)) {
    if (twin->folder <= folder) {
      surplus.push_back({key, folder, found.bytes});
      return;
    }
    surplus.push_back(TakeOut(key));
  }
  const std::shared_ptr<const FileFacts> known = index_.FileOf(key.file_id);
  rooms_.Free(folder, found.bytes);
  rooms_.Enter(folder, found.bytes);
  index_.Insert(known != nullptr ? known : found.file, key.index, {folder, found.bytes, ++uses_, ++serials_});
  policies_[folder]->Added(key);
}

}  // namespace locus::worker
