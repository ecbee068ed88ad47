#include "cache_worker/agent/folder_watcher.h"

#include <algorithm>
#include <filesystem>
#include <unordered_set>
#include <utility>

#include "cache_worker/agent/block_name.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Folders above a missing one that come and go while it is looked for: then the next step goes on.
constexpr int kAttempts = 8;
// The kernel's queue is read this often while a folder is listed, so that a long listing does not overflow it.
constexpr size_t kFilesBetweenReads = 1024;
// Events kept while one folder is listed, about 100 bytes each. Beyond it they count as lost.
constexpr size_t kMaxMeanwhile = 1'000'000;
// Reads of a few thousand events that empty the queue; whoever writes faster than that is listed once more.
constexpr int kMaxReads = 1000;

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string NameOf(const std::string& path) { return std::filesystem::path(path).filename().string(); }

bool HasOverflow(const std::vector<KernelEvent>& events) {
  return std::any_of(events.begin(), events.end(),
                     [](const KernelEvent& e) { return e.kind == KernelEvent::Kind::kOverflow; });
}

}  // namespace

FolderWatcher::FolderWatcher(const std::vector<AgentFolder>& folders, FolderKernel& kernel, AgentBlocks& blocks,
                             WatcherOptions options, const Clock& clock)
    : kernel_(kernel), blocks_(blocks), options_(std::move(options)), clock_(clock) {
  for (const AgentFolder& folder : folders) {
    watched_.emplace_back();
    watched_.back().folder = folder;
  }
}

void FolderWatcher::Start() {
  next_look_ = clock_.Now() + options_.look;
  next_rescan_ = clock_.Now() + options_.rescan;
  DoWhatIsDue();
  CountMissing();
}

void FolderWatcher::Step(Duration wait) {
  const SteadyTime before = clock_.Now();
  const bool at_once = std::any_of(watched_.begin(), watched_.end(), [](const Watched& w) { return w.due; });
  wait = at_once || overflowed_ ? Duration(0) : std::min(wait, std::min(next_look_, next_rescan_) - before);
  Absorb(kernel_.Read(std::max(wait, Duration(0))));
  if (overflowed_) EmptyQueue();
  const SteadyTime now = clock_.Now();
  if (now >= next_rescan_) {
    next_rescan_ = now + options_.rescan;
    for (Watched& watched : watched_) Require(watched, ListReason::kRescan);
  }
  if (now >= next_look_) {
    next_look_ = now + options_.look;
    CheckPaths();
  }
  DoWhatIsDue();
  CountMissing();
}

void FolderWatcher::DoWhatIsDue() {
  for (size_t i = 0; i < watched_.size(); ++i) {
    if (watched_[i].due) Attach(i);
  }
}

void FolderWatcher::Require(Watched& watched, ListReason reason) {
  // The strongest reason stays: a rescan that mends an overflow is no correction.
  if (!watched.due || watched.reason == ListReason::kRescan) watched.reason = reason;
  watched.due = true;
}

// --- events ----------------------------------------------------------------------------------------------------------

void FolderWatcher::Absorb(const std::vector<KernelEvent>& events) {
  if (events.empty()) return;
  if (HasOverflow(events)) {
    // All will be listed: what these would tell with a gap in it is not worth telling.
    overflowed_ = true;
    return;
  }
  Batch batch;
  for (const KernelEvent& event : events) Translate(event, batch);
  if (batch.events.empty()) return;
  blocks_.Update([&batch](TierView& view) {
    for (const FileEvent& event : batch.events) view.Apply(event);
  });
  HandedOver(batch);
}

void FolderWatcher::Translate(const KernelEvent& event, Batch& batch) {
  for (size_t i = 0; i < watched_.size(); ++i) {
    Watched& watched = watched_[i];
    if (watched.watch != event.watch) continue;
    const bool appears = event.kind == KernelEvent::Kind::kCreated || event.kind == KernelEvent::Kind::kMovedIn;
    if (event.kind == KernelEvent::Kind::kFolderGone) {
      Require(watched, ListReason::kNewFolder);
    } else if (watched.present) {
      TranslateFile(event, i, batch);
    } else if (appears && event.name == watched.awaited) {
      Require(watched, ListReason::kNewFolder);
    }
  }
}

void FolderWatcher::TranslateFile(const KernelEvent& event, size_t index, Batch& batch) {
  const std::optional<uint64_t> block = event.is_folder ? std::nullopt : ParseBlockName(event.name);
  if (!block) {
    ++stats_.other;
    return;
  }
  FileEvent told{FileEvent::Kind::kGone, index, *block, 0};
  switch (event.kind) {
    case KernelEvent::Kind::kCreated:
      ++stats_.begun;
      told.kind = FileEvent::Kind::kBegun;
      break;
    case KernelEvent::Kind::kClosedAfterWrite:
    case KernelEvent::Kind::kMovedIn:
      ++stats_.arrived;
      // One that has gone since is not told at all: the event of that is on its way.
      if (const auto figures = kernel_.Look(watched_[index].folder.path + "/" + event.name)) {
        told.kind = FileEvent::Kind::kArrived;
        told.bytes = figures->bytes;
        batch.arrived.push_back(figures->changed);
      }
      break;
    default: ++stats_.gone;
  }
  batch.events.push_back(told);
}

void FolderWatcher::HandedOver(const Batch& batch) {
  if (!options_.handed_over || batch.arrived.empty()) return;
  const WallTime now = clock_.WallNow();
  // The kernel stamps files by a clock that lags a few milliseconds; and the wall clock may be set back.
  for (const WallTime changed : batch.arrived) options_.handed_over(std::max<Duration>(now - changed, Duration(0)));
}

void FolderWatcher::EmptyQueue() {
  ++stats_.overflows;
  LogWarning("the kernel dropped events: listing every folder",
             {{"next_step", "raise fs.inotify.max_queued_events if this happens often"}});
  overflowed_ = false;
  int reads = 0;
  while (reads < kMaxReads && !kernel_.Read(Duration(0)).empty()) ++reads;
  if (reads == kMaxReads) overflowed_ = true;
  blocks_.Update([this](TierView& view) {
    for (size_t i = 0; i < watched_.size(); ++i) view.ForgetUnfinished(i);
  });
  for (Watched& watched : watched_) Require(watched, ListReason::kOverflow);
}

void FolderWatcher::CheckPaths() {
  for (Watched& watched : watched_) {
    if (watched.present && !watched.stale) {
      const absl::StatusOr<WatchNumber> now = kernel_.Watch(watched.folder.path, WatchFor::kFiles);
      if (now.ok() ? *now == watched.watch : absl::IsResourceExhausted(now.status())) continue;
    }
    Require(watched, ListReason::kNewFolder);
  }
}

// --- folders ---------------------------------------------------------------------------------------------------------

void FolderWatcher::Attach(size_t index) {
  watched_[index].due = false;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (ListFolder(index) || AwaitFolder(index)) return;
  }
  watched_[index].due = true;
}

bool FolderWatcher::ListFolder(size_t index) {
  Watched& watched = watched_[index];
  const std::string& path = watched.folder.path;
  const auto failed = [&](const absl::Status& status) {
    if (absl::IsNotFound(status)) return false;
    const bool refused = absl::IsPermissionDenied(status) || !watched.present;
    if (!refused) {
      Keep(index, MessageOf(status));
      return true;
    }
    Lose(index, MessageOf(status));
    SetWatch(watched, -1);
    return true;
  };
  const absl::StatusOr<WatchNumber> watch = kernel_.Watch(path, WatchFor::kFiles);
  if (!watch.ok()) return failed(watch.status());
  for (size_t i = 0; i < watched_.size(); ++i) {
    if (i == index || !watched_[i].present || watched_[i].watch != *watch) continue;
    Lose(index, "'" + path + "' is the same folder as '" + watched_[i].folder.path + "', which counts already");
    SetWatch(watched, -1);
    return true;
  }
  const bool other = !watched.present || watched.watch != *watch;
  SetWatch(watched, *watch);
  std::vector<ListedBlock> files;
  std::vector<KernelEvent> meanwhile;
  size_t seen = 0;
  const absl::StatusOr<WatchNumber> listed = kernel_.List(path, [&](const std::string& name, uint64_t bytes) {
    if (const std::optional<uint64_t> block = ParseBlockName(name)) files.push_back({*block, bytes});
    if (++seen % kFilesBetweenReads == 0) ReadAlong(meanwhile);
  });
  ReadAlong(meanwhile);
  if (!listed.ok()) {
    Absorb(meanwhile);
    return failed(listed.status());
  }
  SetWatch(watched, *listed);
  TakeListing(index, other || *listed != *watch, files, meanwhile);
  return true;
}

void FolderWatcher::ReadAlong(std::vector<KernelEvent>& events) {
  for (int reads = 0; reads < kMaxReads; ++reads) {
    std::vector<KernelEvent> more = kernel_.Read(Duration(0));
    if (more.empty()) return;
    if (events.size() + more.size() > kMaxMeanwhile) {
      events.clear();
      events.push_back({});  // an overflow
    } else {
      std::move(more.begin(), more.end(), std::back_inserter(events));
    }
  }
}

void FolderWatcher::TakeListing(size_t index, bool other, const std::vector<ListedBlock>& files,
                                const std::vector<KernelEvent>& meanwhile) {
  Watched& watched = watched_[index];
  const bool was_missing = !watched.present;
  watched.present = true;
  watched.stale = false;
  watched.problem.clear();
  ++stats_.listings[static_cast<size_t>(watched.reason)];
  if (watched.folder.quota_bytes == 0) {
    if (const auto bytes = kernel_.SizeOfFileSystem(watched.folder.path)) blocks_.SetFileSystemSize(index, *bytes);
  }
  Batch batch;
  if (HasOverflow(meanwhile)) {
    overflowed_ = true;
  } else {
    for (const KernelEvent& event : meanwhile) Translate(event, batch);
  }
  std::vector<uint64_t> otherwise;
  blocks_.Update([&](TierView& view) {
    if (other) view.ForgetUnfinished(index);
    otherwise = view.Listed(index, files);
    for (const FileEvent& event : batch.events) view.Apply(event);
  });
  HandedOver(batch);
  if (watched.reason == ListReason::kRescan && !other && !overflowed_) {
    std::unordered_set<uint64_t> moving;
    for (const FileEvent& event : batch.events) moving.insert(event.block);
    stats_.corrections += static_cast<uint64_t>(
        std::count_if(otherwise.begin(), otherwise.end(), [&](uint64_t block) { return moving.count(block) == 0; }));
  }
  if (was_missing) {
    LogInfo("watching a tier folder",
            {{"path", watched.folder.path}, {"tier", TierName(watched.folder.tier)}, {"blocks", files.size()}});
  }
}

bool FolderWatcher::AwaitFolder(size_t index) {
  Watched& watched = watched_[index];
  std::string child = watched.folder.path, parent = ParentOf(child);
  absl::StatusOr<WatchNumber> above = kernel_.Watch(parent, WatchFor::kAppearance);
  while (absl::IsNotFound(above.status()) && parent != ParentOf(parent)) {
    child = std::exchange(parent, ParentOf(parent));
    above = kernel_.Watch(parent, WatchFor::kAppearance);
  }
  if (!above.ok()) {
    Lose(index, MessageOf(above.status()));
    return true;
  }
  // What was known of the folder goes before its events are taken for those of the one above.
  Lose(index, "'" + watched.folder.path + "' is not there: '" + child + "' does not exist, or is no folder");
  SetWatch(watched, *above);
  watched.awaited = NameOf(child);
  // What appeared before the watch gave no event.
  const absl::StatusOr<WatchNumber> again = kernel_.Watch(child, WatchFor::kAppearance);
  if (absl::IsNotFound(again.status())) return true;
  if (again.ok()) SetWatch(watched, *again);
  return false;
}

void FolderWatcher::SetWatch(Watched& watched, WatchNumber watch) {
  const WatchNumber old = std::exchange(watched.watch, watch);
  if (old < 0 || old == watch) return;
  const bool shared = std::any_of(watched_.begin(), watched_.end(), [old](const Watched& w) { return w.watch == old; });
  if (!shared) kernel_.Unwatch(old);
}

void FolderWatcher::Lose(size_t index, const std::string& problem) {
  Watched& watched = watched_[index];
  watched.present = false;
  watched.stale = false;
  watched.awaited.clear();
  blocks_.SetFileSystemSize(index, 0);
  blocks_.Update([index](TierView& view) {
    view.ForgetUnfinished(index);
    view.Listed(index, {});
  });
  if (watched.problem == problem) return;
  watched.problem = problem;
  LogWarning("a tier folder is missing: waiting for it",
             {{"path", watched.folder.path}, {"tier", TierName(watched.folder.tier)}, {"reason", problem}});
}

void FolderWatcher::Keep(size_t index, const std::string& problem) {
  Watched& watched = watched_[index];
  watched.stale = true;
  if (watched.problem == problem) return;
  watched.problem = problem;
  LogWarning("a tier folder could not be listed: keeping what is known of it",
             {{"path", watched.folder.path}, {"tier", TierName(watched.folder.tier)}, {"reason", problem}});
}

void FolderWatcher::CountMissing() {
  stats_.missing = static_cast<uint64_t>(
      std::count_if(watched_.begin(), watched_.end(), [](const Watched& w) { return !w.present; }));
}

}  // namespace locus::worker
