// BlockStore's way in: room, temporary file, rename, index.
#include <algorithm>
#include <utility>

#include "cache_worker/store/block_format.h"
#include "cache_worker/store/block_store.h"
#include "common/log.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::worker {

bool BlockStore::MayHold(size_t folder, uint64_t bytes, const PutOptions& options) const {
  const TierFolder& f = options_.folders[folder];
  return states_[folder].health == FolderHealth::kWell && f.quota_bytes >= bytes &&
         (!options.tier || *options.tier == f.tier);
}

std::vector<DiskSpace> BlockStore::Disks() {
  std::vector<DiskSpace> disks(options_.folders.size());
  // Asked anew for each block: a microsecond, beside what others do to the disk meanwhile.
  for (size_t i = 0; i < disks.size() && options_.keep_free > 0; ++i) {
    {
      MutexLock lock(mutex_);
      if (states_[i].health == FolderHealth::kGone) continue;
    }
    const absl::StatusOr<DiskSpace> space = files_.Space(options_.folders[i].path);
    if (space.ok()) {
      disks[i] = *space;
    } else {
      MutexLock lock(mutex_);
      NoteTrouble(i, space.status());
    }
  }
  return disks;
}

uint64_t BlockStore::Missing(size_t folder, uint64_t bytes, const std::vector<DiskSpace>& disks) const {
  const uint64_t missing = rooms_.Missing(folder, bytes);
  if (options_.keep_free == 0) return missing;
  // What writes under way have reserved may not be on the disk yet.
  uint64_t wanted = options_.keep_free + bytes;
  for (size_t i = 0; i < disks.size(); ++i) {
    if (disks[i].disk == disks[folder].disk) wanted += rooms_.reserved(i);
  }
  const uint64_t free = disks[folder].free_bytes;
  return std::max(missing, wanted > free ? wanted - free : 0);
}

void BlockStore::MayGo(const BlockKey& key, size_t folder, uint64_t last_use) {
  policies_[folder]->Added(key);
  none_before_[folder] = std::min(none_before_[folder], last_use);
}

std::optional<BlockKey> BlockStore::VictimOf(size_t folder, uint64_t spare_since) {
  if (spare_since <= none_before_[folder]) return std::nullopt;
  const auto spared = [&](const BlockKey& key) { return index_.Find(key)->last_use >= spare_since; };
  const std::optional<BlockKey> victim = policies_[folder]->Victim(spared);
  if (!victim) none_before_[folder] = std::min(spare_since, uses_ + 1);
  return victim;
}

std::optional<size_t> BlockStore::FolderToEvictFrom(uint64_t bytes, const PutOptions& options,
                                                    const std::vector<DiskSpace>& disks) {
  std::optional<size_t> best;
  uint64_t oldest = options.spare_since;
  for (size_t i = 0; i < rooms_.size(); ++i) {
    // What others are writing or removing cannot be evicted: no use in beginning.
    if (!MayHold(i, bytes, options) || Missing(i, bytes, disks) > rooms_.live(i)) continue;
    const std::optional<BlockKey> victim = VictimOf(i, options.spare_since);
    if (!victim) continue;
    const uint64_t last_use = index_.Find(*victim)->last_use;
    if (last_use < oldest) {
      oldest = last_use;
      best = i;
    }
  }
  return best;
}

absl::StatusOr<BlockStore::Place> BlockStore::ChoosePlace(uint64_t bytes, const PutOptions& options,
                                                          const std::vector<DiskSpace>& disks) {
  const bool too_many = index_.blocks() + writing_.size() >= options_.max_blocks;
  for (size_t i = 0; i < rooms_.size(); ++i) {
    if (too_many || !MayHold(i, bytes, options) || Missing(i, bytes, disks) > 0) continue;
    if (std::exchange(states_[i].full, false)) {
      LogInfo("the disk of a tier folder has room again", {{"folder", options_.folders[i].path}});
    }
    return Place{i, {}};
  }
  const std::optional<size_t> folder = FolderToEvictFrom(bytes, options, disks);
  if (!folder) return NoRoom(bytes, options, disks);
  Place place{*folder, {}};
  uint64_t missing = Missing(*folder, bytes, disks);
  while (missing > 0 || (too_many && place.victims.empty())) {
    const std::optional<BlockKey> victim = VictimOf(*folder, options.spare_since);
    if (!victim) break;
    place.victims.push_back(TakeOut(*victim));
    missing -= std::min(missing, place.victims.back().bytes);
    ++stats_.evictions;
  }
  return place;
}

absl::Status BlockStore::NoRoom(uint64_t bytes, const PutOptions& options, const std::vector<DiskSpace>& disks) {
  bool possible = false;
  for (size_t i = 0; i < rooms_.size(); ++i) {
    if (!MayHold(i, bytes, options)) continue;
    possible = true;
    if (rooms_.Missing(i, bytes) > 0 || Missing(i, bytes, disks) == 0) continue;
    ++stats_.refused_for_free_space;
    if (!std::exchange(states_[i].full, true)) {
      LogWarning("the disk of a tier folder is full: blocks are not cached until others leave store.keep_free free",
                 {{"folder", options_.folders[i].path},
                  {"free", FormatBytes(disks[i].free_bytes)},
                  {"keep_free", FormatBytes(options_.keep_free)}});
    }
    return Exhausted("no room: the disk of " + NameOf(i) + " has " + FormatBytes(disks[i].free_bytes) +
                     " free, of which store.keep_free keeps " + FormatBytes(options_.keep_free));
  }
  if (possible) return Exhausted("no room: what is cached may not be evicted now");
  return Exhausted("no " + std::string(options.tier ? TierName(*options.tier) : "tier") +
                   " folder can take a block of " + FormatBytes(bytes));
}

void BlockStore::Reserve(const BlockKey& key, size_t folder, uint64_t bytes) {
  rooms_.Reserve(folder, bytes);
  writing_.insert(key);
  ++states_[folder].busy;
}

absl::StatusOr<size_t> BlockStore::MakeRoom(const BlockKey& key, uint64_t bytes, const PutOptions& options) {
  MutexLock room(room_mutex_);
  RetryStuck();
  std::vector<DiskSpace> disks = Disks();
  Place place;
  {
    MutexLock lock(mutex_);
    if (index_.Find(key) != nullptr || writing_.count(key) != 0 || leaving_.count(key) != 0) {
      return absl::AlreadyExistsError("the block is cached, being written or being removed");
    }
    LOCUS_ASSIGN_OR_RETURN(place, ChoosePlace(bytes, options, disks));
  }
  if (!place.victims.empty()) {
    RemoveFiles(place.victims);
    disks = Disks();
  }
  MutexLock lock(mutex_);
  if (Missing(place.folder, bytes, disks) > 0) return Exhausted("no room: what is cached could not be evicted");
  if (!MayHold(place.folder, bytes, options)) return Unavailable(NameOf(place.folder) + " fails");
  Reserve(key, place.folder, bytes);
  return place.folder;
}

absl::StatusOr<std::unique_ptr<BlockStore::Writer>> BlockStore::Begin(std::shared_ptr<const FileFacts> file,
                                                                      uint32_t index, const PutOptions& options) {
  const uint64_t bytes = BlockLength(*file, index);
  const std::optional<uint64_t> only = OnlyBlockBytes();
  if (bytes == 0 || (only && file->block_bytes != *only)) return InvalidArgument("no such block");
  if (bytes > kMaxBlockBytes) return InvalidArgument("a block may have " + FormatBytes(kMaxBlockBytes) + " at most");
  LOCUS_ASSIGN_OR_RETURN(const size_t folder, MakeRoom({file->file_id, index}, bytes, options));
  return StartWriter(std::move(file), index, folder);
}

absl::StatusOr<std::unique_ptr<BlockStore::Writer>> BlockStore::StartWriter(std::shared_ptr<const FileFacts> file,
                                                                            uint32_t index, size_t folder) {
  std::string temporary = options_.folders[folder].path + "/tmp/";
  {
    MutexLock lock(mutex_);
    temporary += std::to_string(++temporaries_);
  }
  // From here on the writer gives the reservation back.
  std::unique_ptr<Writer> writer(new Writer(*this, std::move(file), index, folder, temporary));
  auto created = BlockFileWriter::Create(files_, temporary, *writer->file_, index);
  if (!created.ok()) {
    writer->trouble_ = created.status();
    return created.status();
  }
  writer->file_writer_ = std::move(*created);
  return writer;
}

absl::Status BlockStore::PutInPlace(const Writer& writer) {
  LOCUS_RETURN_IF_ERROR(writer.file_writer_->Finish(options_.sync));
  const std::string path = PathOf(writer.folder_, writer.key());
  const std::string folder = path.substr(0, path.rfind('/'));
  absl::Status renamed = files_.Rename(writer.temporary_, path);
  if (absl::IsNotFound(renamed)) {
    LOCUS_RETURN_IF_ERROR(files_.MakeFolder(folder));
    if (options_.sync) LOCUS_RETURN_IF_ERROR(files_.SyncFolder(options_.folders[writer.folder_].path + "/blocks"));
    renamed = files_.Rename(writer.temporary_, path);
  }
  LOCUS_RETURN_IF_ERROR(renamed);
  return options_.sync ? files_.SyncFolder(folder) : absl::OkStatus();
}

absl::Status BlockStore::Publish(const Writer& writer) {
  MutexLock lock(mutex_);
  const BlockKey key = writer.key();
  FolderState& state = states_[writer.folder_];
  if (state.health == FolderHealth::kGone) return Unavailable(NameOf(writer.folder_) + " is set aside");
  const std::shared_ptr<const FileFacts> known = index_.FileOf(key.file_id);
  const std::shared_ptr<const FileFacts>& file = known != nullptr ? known : writer.file_;
  writing_.erase(key);
  --state.busy;
  rooms_.Release(writer.folder_, writer.bytes());
  IndexedBlock block;
  block.folder = writer.folder_;
  block.bytes = writer.bytes();
  block.last_use = ++uses_;
  block.serial = ++serials_;
  block.verified = true;
  PutIn(file, key.index, block);
  if (listener_ != nullptr) listener_->OnAdded(file, key.index, options_.folders[writer.folder_].tier);
  return absl::OkStatus();
}

void BlockStore::Abandon(const Writer& writer) {
  // Which of the two names the file has now is not known when a rename or a sync failed.
  const BlockKey key = writer.key();
  const std::string path = PathOf(writer.folder_, key);
  const auto gone = [this](const std::string& name) {
    const absl::Status removed = files_.Remove(name);
    return removed.ok() || absl::IsNotFound(removed);
  };
  const bool temporary_gone = gone(writer.temporary_);
  const bool path_gone = gone(path);
  MutexLock lock(mutex_);
  writing_.erase(key);
  FolderState& state = states_[writer.folder_];
  --state.busy;
  rooms_.Release(writer.folder_, writer.bytes());
  NoteTrouble(writer.folder_, writer.trouble_);
  // What lies in a folder that is gone is found when it is back.
  if (state.health == FolderHealth::kGone) return;
  if (!temporary_gone) {
    rooms_.Occupy(writer.folder_, writer.bytes());
    stuck_.push_back({writer.folder_, {writer.temporary_, writer.bytes()}, std::nullopt});
  }
  if (!path_gone) {
    const uint64_t bytes = temporary_gone ? writer.bytes() : 0;
    rooms_.Occupy(writer.folder_, bytes);
    leaving_.insert(key);
    stuck_.push_back({writer.folder_, {path, bytes}, key});
  }
}

BlockStore::Writer::~Writer() {
  if (!ended_) store_.Abandon(*this);
}

absl::StatusOr<Tier> BlockStore::Writer::Commit() {
  trouble_ = store_.PutInPlace(*this);
  LOCUS_RETURN_IF_ERROR(trouble_);
  LOCUS_RETURN_IF_ERROR(store_.Publish(*this));
  ended_ = true;
  return store_.options_.folders[folder_].tier;
}

}  // namespace locus::worker
