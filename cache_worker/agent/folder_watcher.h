// Keeps AgentBlocks in step with the folders: watches, lists, and joins the two.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cache_worker/agent/agent_blocks.h"
#include "cache_worker/agent/folder_kernel.h"
#include "common/clock.h"

namespace locus::worker {

// Why a folder is listed in full.
enum class ListReason { kStart, kRescan, kOverflow, kNewFolder };
inline constexpr size_t kListReasons = 4;

// Totals; written by the watcher's thread alone, read by any.
struct WatcherStats {
  std::atomic<uint64_t> arrived{0};
  std::atomic<uint64_t> gone{0};
  std::atomic<uint64_t> begun{0};
  // Names that are no block's.
  std::atomic<uint64_t> other{0};
  std::atomic<uint64_t> overflows{0};
  std::atomic<uint64_t> listings[kListReasons] = {};
  // Blocks that a rescan found otherwise than the events had told: not zero means that events go astray here.
  std::atomic<uint64_t> corrections{0};
  // Folders that are not there, or cannot be read, now.
  std::atomic<uint64_t> missing{0};
};

struct WatcherOptions {
  // How often every folder is listed, whatever the events say.
  Duration rescan = std::chrono::minutes(5);
  // How often it is looked whether each path still names the folder that is watched: a mount over it gives no event.
  Duration look = std::chrono::seconds(1);
  // Gets the time from a block file's appearance to its hand-over to the stream; may be empty.
  std::function<void(Duration)> handed_over;
};

// A folder that is not there is waited for: the deepest folder above it that is there is watched for the next name on
// the way. Its blocks are gone meanwhile. A folder that cannot be listed for want of something (descriptors, memory)
// keeps its blocks and is tried again.
//
// After lost events the queue is emptied first and everything listed then: an event that is read after the listing
// began could else be older than one that was lost.
//
// One thread; stats() from any.
class FolderWatcher {
 public:
  // `kernel`, `blocks` and `clock` must outlive the watcher; the folders are those of `blocks`, in the same order.
  FolderWatcher(const std::vector<AgentFolder>& folders, FolderKernel& kernel, AgentBlocks& blocks,
                WatcherOptions options, const Clock& clock);

  // Lists what is there. Once, before Step.
  void Start();
  // Waits for news at most `wait`, and does all that is due. Returns early after FolderKernel::Wake.
  void Step(Duration wait);

  const WatcherStats& stats() const { return stats_; }

 private:
  struct Watched {
    AgentFolder folder;
    // Of the folder, or of the one above it whose entry `awaited` is to appear. Negative: none.
    WatchNumber watch = -1;
    bool present = false;
    std::string awaited;
    // Why it is missing.
    std::string problem;
    // To be listed, or looked for, in this step.
    bool due = true;
    ListReason reason = ListReason::kStart;
    // The last listing failed: what is known of it may be old.
    bool stale = false;
  };
  // Events that name blocks, with the times of the files that arrived.
  struct Batch {
    std::vector<FileEvent> events;
    std::vector<WallTime> arrived;
  };

  void Absorb(const std::vector<KernelEvent>& events);
  void Translate(const KernelEvent& event, Batch& batch);
  void TranslateFile(const KernelEvent& event, size_t index, Batch& batch);
  void HandedOver(const Batch& batch);
  void Require(Watched& watched, ListReason reason);
  void CheckPaths();
  void EmptyQueue();
  void DoWhatIsDue();

  void Attach(size_t index);
  // False: there is no folder at the path.
  bool ListFolder(size_t index);
  void ReadAlong(std::vector<KernelEvent>& events);
  // `other`: it is not the folder that was watched before.
  void TakeListing(size_t index, bool other, const std::vector<ListedBlock>& files,
                   const std::vector<KernelEvent>& meanwhile);
  // Whether it is waited for now; false: something appeared meanwhile.
  bool AwaitFolder(size_t index);
  void SetWatch(Watched& watched, WatchNumber watch);
  // What is known of the folder goes.
  void Lose(size_t index, const std::string& problem);
  // What is known of it stays.
  void Keep(size_t index, const std::string& problem);
  void CountMissing();

  FolderKernel& kernel_;
  AgentBlocks& blocks_;
  const WatcherOptions options_;
  const Clock& clock_;
  std::vector<Watched> watched_;
  bool overflowed_ = false;
  SteadyTime next_look_;
  SteadyTime next_rescan_;
  WatcherStats stats_;
};

}  // namespace locus::worker
