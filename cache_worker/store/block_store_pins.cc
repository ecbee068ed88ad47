// BlockStore's pins: kept in memory and in one small file.
#include <algorithm>

#include "cache_worker/store/block_store.h"
#include "common/log.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::worker {
namespace {

// Cut at what such a file may have: it then does not verify.
absl::StatusOr<std::string> ReadAll(FileSystem& files, const std::string& path) {
  LOCUS_ASSIGN_OR_RETURN(const auto file, files.Open(path));
  LOCUS_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  std::string bytes(std::min<uint64_t>(size, kMaxPinFileBytes), '\0');
  LOCUS_RETURN_IF_ERROR(file->ReadAt(0, bytes.size(), bytes.data()));
  return bytes;
}

absl::Status WriteSynced(FileSystem& files, const std::string& path, std::string_view bytes) {
  LOCUS_ASSIGN_OR_RETURN(const auto file, files.Create(path));
  LOCUS_RETURN_IF_ERROR(file->Append(bytes));
  LOCUS_RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

}  // namespace

// The first folder that outlives a reboot.
size_t BlockStore::PinFolder() const {
  for (size_t i = 0; i < options_.folders.size(); ++i) {
    if (options_.folders[i].tier != Tier::kMem) return i;
  }
  return 0;
}

absl::Status BlockStore::LoadPins(bool* damaged) {
  if (pins_loaded_) return absl::OkStatus();
  const std::string path = options_.folders[PinFolder()].path + "/pins";
  const absl::StatusOr<std::string> bytes = ReadAll(files_, path);
  if (!bytes.ok() && !absl::IsNotFound(bytes.status())) return bytes.status();
  absl::StatusOr<PinList> pins = bytes.ok() ? DecodePins(*bytes) : PinList();
  if (!pins.ok()) {
    LOCUS_RETURN_IF_ERROR(files_.Rename(path, path + ".damaged"));
    LogError("the file of pins is damaged and set aside: nothing is pinned until it is pinned again",
             {{"file", path + ".damaged"}, {"reason", MessageOf(pins.status())}});
    if (damaged != nullptr) *damaged = true;
  }
  MutexLock lock(mutex_);
  pins_ = pins.ok() ? std::move(*pins) : PinList();
  ApplyPins("/");
  pins_loaded_ = true;
  return absl::OkStatus();
}

absl::Status BlockStore::SavePins(const PinList& pins) {
  const std::string& folder = options_.folders[PinFolder()].path;
  const std::string temporary = folder + "/tmp/pins";
  absl::Status status = WriteSynced(files_, temporary, EncodePins(pins));
  if (status.ok()) status = files_.Rename(temporary, folder + "/pins");
  if (status.ok()) status = files_.SyncFolder(folder);
  if (status.ok()) return status;
  static_cast<void>(files_.Remove(temporary));
  {
    MutexLock lock(mutex_);
    NoteTrouble(PinFolder(), status);
  }
  return Unavailable("the pin cannot be written down: " + MessageOf(status));
}

absl::StatusOr<BlockStore::PinUse> BlockStore::Pin(const std::string& path) {
  MutexLock pinning(pins_mutex_);
  LOCUS_RETURN_IF_ERROR(LoadPins(nullptr));
  PinList pins;
  {
    MutexLock lock(mutex_);
    if (options_.max_pinned == 0) return Exhausted("nothing can be pinned: store.max_pinned is 0");
    pins = pins_;
    uint64_t more = 0;
    for (const BlockKey& key : index_.AtOrBelow(path)) {
      const IndexedBlock* block = index_.Find(key);
      if (!block->pinned) more += block->bytes;
    }
    const uint64_t left = options_.max_pinned - stats_.pinned_bytes;
    if (more > left) {
      return Exhausted("pinning '" + path + "' takes " + FormatBytes(more) + ", and " + FormatBytes(left) + " of " +
                       FormatBytes(options_.max_pinned) + " are left: raise store.max_pinned, or unpin something");
    }
  }
  if (pins.paths().count(path) == 0) {
    if (pins.size() >= kMaxPins) return Exhausted("there are " + std::to_string(kMaxPins) + " pins: pin a folder");
    pins.Add(path);
    LOCUS_RETURN_IF_ERROR(SavePins(pins));
  }
  MutexLock lock(mutex_);
  pins_ = std::move(pins);
  return ApplyPins(path);
}

absl::StatusOr<BlockStore::PinUse> BlockStore::Unpin(const std::string& path) {
  MutexLock pinning(pins_mutex_);
  LOCUS_RETURN_IF_ERROR(LoadPins(nullptr));
  PinList pins;
  size_t before = 0;
  {
    MutexLock lock(mutex_);
    pins = pins_;
    before = pins.size();
    pins.RemoveBelow(path);
    if (const std::string holder = pins.Holder(path); !holder.empty()) {
      return absl::FailedPreconditionError("'" + path + "' is pinned as a part of '" + holder + "': unpin that");
    }
  }
  if (pins.size() != before) LOCUS_RETURN_IF_ERROR(SavePins(pins));
  MutexLock lock(mutex_);
  pins_ = std::move(pins);
  return ApplyPins(path);
}

void BlockStore::SetPinned(const BlockKey& key, IndexedBlock& block, bool pinned) {
  if (block.pinned == pinned) return;
  block.pinned = pinned;
  if (pinned) {
    policies_[block.folder]->Removed(key);
    rooms_.Hold(block.folder, block.bytes);
    stats_.pinned_bytes += block.bytes;
  } else {
    MayGo(key, block.folder, block.last_use);
    rooms_.Unhold(block.folder, block.bytes);
    stats_.pinned_bytes -= block.bytes;
  }
}

BlockStore::PinUse BlockStore::ApplyPins(const std::string& path) {
  PinUse use;
  for (const BlockKey& key : index_.AtOrBelow(path)) {
    IndexedBlock& block = *index_.Find(key);
    const bool wanted = !pins_.Holder(index_.FileOf(key.file_id)->path).empty();
    if (!wanted || block.pinned) {
      SetPinned(key, block, wanted);
    } else if (stats_.pinned_bytes + block.bytes <= options_.max_pinned) {
      SetPinned(key, block, true);
    } else {
      ++stats_.pins_over_limit;
    }
    if (!block.pinned) continue;
    ++use.blocks;
    use.bytes += block.bytes;
  }
  return use;
}

}  // namespace locus::worker
