// BlockStore when a folder fails: what is still done with it, and how it comes back.
#include <cstdint>
#include <utility>

#include "cache_worker/store/block_store.h"
#include "common/log.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::worker {
namespace {

// Between two looks at a folder in which single blocks fail, each of which writes and syncs.
constexpr Duration kLookPause = std::chrono::seconds(1);
// Blocks that are tried before all of them are given up.
constexpr size_t kSamples = 3;

}  // namespace

void BlockStore::NoteTrouble(size_t folder, const absl::Status& status) {
  if (status.ok() || !BlamesFolder(status)) return;
  states_[folder].suspect = true;
  WorkIsDue();
}

std::vector<std::string> BlockStore::Samples(size_t folder) const {
  std::vector<std::string> samples;
  for (const BlockKey& key : index_.InFolder(folder, kSamples)) samples.push_back(PathOf(folder, key));
  return samples;
}

void BlockStore::LookAfter(size_t folder, SteadyTime now, const std::atomic<bool>& stop) {
  FolderHealth health;
  std::vector<std::string> samples;
  {
    MutexLock lock(mutex_);
    FolderState& state = states_[folder];
    if (now < state.next_look || (state.health == FolderHealth::kWell && !state.suspect)) return;
    if (state.health == FolderHealth::kGone && state.busy > 0) return;
    state.suspect = false;
    health = state.health;
    samples = Samples(folder);
  }
  if (health == FolderHealth::kGone) {
    const absl::Status back = Readmit(folder, stop);
    if (!back.ok()) SetHealth(folder, {FolderHealth::kGone, MessageOf(back)}, now + options_.folder_retry);
    return;
  }
  const absl::StatusOr<FolderDiagnosis> diagnosis = ExamineFolder(files_, options_.folders[folder].path, samples);
  if (diagnosis.ok()) {
    const bool well = diagnosis->health == FolderHealth::kWell;
    SetHealth(folder, *diagnosis, now + (well ? kLookPause : options_.folder_retry));
    return;
  }
  MutexLock lock(mutex_);
  states_[folder].suspect = true;
  states_[folder].next_look = now + kLookPause;
}

void BlockStore::SetHealth(size_t folder, const FolderDiagnosis& diagnosis, SteadyTime next_look) {
  // Not while a file is being removed once more: what is forgotten here must not be removed later.
  MutexLock room(room_mutex_);
  FolderHealth before;
  uint64_t forgotten = 0;
  {
    MutexLock lock(mutex_);
    FolderState& state = states_[folder];
    before = std::exchange(state.health, diagnosis.health);
    state.reason = diagnosis.reason;
    state.next_look = next_look;
    if (before == diagnosis.health) return;
    if (diagnosis.health != FolderHealth::kWell) ++stats_.folder_failures;
    if (diagnosis.health == FolderHealth::kGone) forgotten = Forget(folder);
  }
  const std::string& path = options_.folders[folder].path;
  switch (diagnosis.health) {
    case FolderHealth::kWell: LogInfo("a tier folder works again", {{"folder", path}}); break;
    case FolderHealth::kNoWrites:
      LogWarning("a tier folder takes no new blocks", {{"folder", path}, {"reason", diagnosis.reason}});
      break;
    case FolderHealth::kGone:
      LogWarning("a tier folder is set aside", {{"folder", path}, {"blocks", forgotten}, {"reason", diagnosis.reason}});
      break;
  }
}

uint64_t BlockStore::Forget(size_t folder) {
  const std::vector<BlockKey> keys = index_.InFolder(folder, SIZE_MAX);
  for (const BlockKey& key : keys) rooms_.Free(folder, LeaveIndex(key).bytes);
  std::vector<Stuck> others;
  for (Stuck& stuck : stuck_) {
    if (stuck.folder != folder) {
      others.push_back(std::move(stuck));
      continue;
    }
    rooms_.Free(folder, stuck.file.bytes);
    if (stuck.key) EndLeaving(*stuck.key);
  }
  stuck_ = std::move(others);
  return keys.size();
}

absl::Status BlockStore::Readmit(size_t folder, const std::atomic<bool>& stop) {
  const std::string& path = options_.folders[folder].path;
  // A mount point without its file system looks like an empty folder: ours has the lock file.
  LOCUS_RETURN_IF_ERROR(files_.Open(path + "/lock").status());
  locks_[folder].reset();
  LOCUS_ASSIGN_OR_RETURN(locks_[folder], files_.Lock(path + "/lock"));
  LOCUS_ASSIGN_OR_RETURN(const FolderDiagnosis diagnosis, ExamineFolder(files_, path, {}));
  if (diagnosis.health == FolderHealth::kGone) return Unavailable(diagnosis.reason);
  LOCUS_ASSIGN_OR_RETURN(FolderScan scan, Scan(folder, stop));
  std::vector<FoundIn> found;
  for (FoundBlock& block : scan.blocks) found.push_back({folder, std::move(block)});
  const uint64_t blocks = found.size();
  std::vector<Leaving> surplus;
  {
    MutexLock lock(mutex_);
    states_[folder].health = diagnosis.health;
    states_[folder].reason = diagnosis.reason;
    stats_.torn_blocks += scan.torn;
    KeepStuck(folder, scan.stuck);
    AddFound(std::move(found), true, surplus);
  }
  RemoveFiles(surplus);
  LogInfo("a tier folder is back", {{"folder", path}, {"blocks", blocks}, {"torn", scan.torn}});
  return absl::OkStatus();
}

std::vector<std::string> BlockStore::FolderProblems() {
  MutexLock lock(mutex_);
  std::vector<std::string> problems;
  for (size_t i = 0; i < states_.size(); ++i) {
    const FolderState& state = states_[i];
    if (state.health == FolderHealth::kWell) continue;
    const bool gone = state.health == FolderHealth::kGone;
    problems.push_back(NameOf(i) + (gone ? " is set aside: " : " takes no new blocks: ") + state.reason +
                       "; tried again every " + FormatDuration(options_.folder_retry));
  }
  return problems;
}

}  // namespace locus::worker
