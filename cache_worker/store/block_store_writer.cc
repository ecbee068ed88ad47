// BlockStore's way in: room, temporary file, rename, index.
#include <algorithm>

#include "cache_worker/store/block_format.h"
#include "cache_worker/store/block_store.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::worker {

bool BlockStore::MayHold(size_t folder, uint64_t bytes, const PutOptions& options) const {
  const TierFolder& f = options_.folders[folder];
  return f.quota_bytes >= bytes && (!options.tier || *options.tier == f.tier);
}

std::optional<size_t> BlockStore::FolderToEvictFrom(uint64_t bytes, const PutOptions& options) {
  std::optional<size_t> best;
  uint64_t oldest = options.spare_since;
  for (size_t i = 0; i < rooms_.size(); ++i) {
    // What others are writing or removing cannot be evicted: no use in beginning.
    if (!MayHold(i, bytes, options) || rooms_.Missing(i, bytes) > rooms_.live(i)) continue;
    const std::optional<BlockKey> victim = policies_[i]->Victim();
    if (!victim) continue;
    const uint64_t last_use = index_.Find(*victim)->last_use;
    if (last_use < oldest) {
      oldest = last_use;
      best = i;
    }
  }
  return best;
}

absl::StatusOr<BlockStore::Place> BlockStore::ChoosePlace(uint64_t bytes, const PutOptions& options) {
  const bool too_many = index_.blocks() + writing_.size() >= options_.max_blocks;
  bool possible = false;
  for (size_t i = 0; i < rooms_.size(); ++i) {
    if (!MayHold(i, bytes, options)) continue;
    possible = true;
    if (!too_many && rooms_.Missing(i, bytes) == 0) return Place{i, {}};
  }
  if (!possible) {
    return Exhausted("no " + std::string(options.tier ? TierName(*options.tier) : "tier") +
                     " folder can take a block of " + FormatBytes(bytes));
  }
  const std::optional<size_t> folder = FolderToEvictFrom(bytes, options);
  if (!folder) return Exhausted("no room: what is cached may not be evicted now");
  Place place{*folder, {}};
  uint64_t missing = rooms_.Missing(*folder, bytes);
  while (missing > 0 || (too_many && place.victims.empty())) {
    const std::optional<BlockKey> victim = policies_[*folder]->Victim();
    if (!victim || index_.Find(*victim)->last_use >= options.spare_since) break;
    place.victims.push_back(TakeOut(*victim));
    missing -= std::min(missing, place.victims.back().bytes);
    ++evictions_;
  }
  return place;
}

absl::StatusOr<size_t> BlockStore::MakeRoom(const BlockKey& key, uint64_t bytes, const PutOptions& options) {
  MutexLock room(room_mutex_);
  RetryStuck();
  Place place;
  {
    MutexLock lock(mutex_);
    if (index_.Find(key) != nullptr || writing_.count(key) != 0 || leaving_.count(key) != 0) {
      return absl::AlreadyExistsError("the block is cached, being written or being removed");
    }
    LOCUS_ASSIGN_OR_RETURN(place, ChoosePlace(bytes, options));
  }
  RemoveFiles(place.victims);
  MutexLock lock(mutex_);
  if (rooms_.Missing(place.folder, bytes) > 0) return Exhausted("no room: what is cached could not be evicted");
  rooms_.Reserve(place.folder, bytes);
  writing_.insert(key);
  return place.folder;
}

absl::StatusOr<std::unique_ptr<BlockStore::Writer>> BlockStore::Begin(std::shared_ptr<const FileFacts> file,
                                                                      uint32_t index, const PutOptions& options) {
  const uint64_t bytes = BlockLength(*file, index);
  const std::optional<uint64_t> only = OnlyBlockBytes();
  if (bytes == 0 || (only && file->block_bytes != *only)) return InvalidArgument("no such block");
  if (bytes > kMaxBlockBytes) return InvalidArgument("a block may have " + FormatBytes(kMaxBlockBytes) + " at most");
  LOCUS_ASSIGN_OR_RETURN(const size_t folder, MakeRoom({file->file_id, index}, bytes, options));
  std::string temporary = options_.folders[folder].path + "/tmp/";
  {
    MutexLock lock(mutex_);
    temporary += std::to_string(++temporaries_);
  }
  std::unique_ptr<Writer> writer(new Writer(*this, file, index, folder, temporary));
  LOCUS_ASSIGN_OR_RETURN(writer->file_writer_, BlockFileWriter::Create(files_, temporary, *file, index));
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

void BlockStore::Publish(const Writer& writer) {
  MutexLock lock(mutex_);
  const BlockKey key = writer.key();
  const std::shared_ptr<const FileFacts> known = index_.FileOf(key.file_id);
  const std::shared_ptr<const FileFacts>& file = known != nullptr ? known : writer.file_;
  writing_.erase(key);
  rooms_.Release(writer.folder_, writer.bytes());
  rooms_.Enter(writer.folder_, writer.bytes());
  index_.Insert(file, key.index, {writer.folder_, writer.bytes(), ++uses_, ++serials_, true});
  policies_[writer.folder_]->Added(key);
  if (listener_ != nullptr) listener_->OnAdded(file, key.index, options_.folders[writer.folder_].tier);
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
  rooms_.Release(writer.folder_, writer.bytes());
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
  LOCUS_RETURN_IF_ERROR(store_.PutInPlace(*this));
  ended_ = true;
  store_.Publish(*this);
  return store_.options_.folders[folder_].tier;
}

}  // namespace locus::worker
