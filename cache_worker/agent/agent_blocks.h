// The blocks of an Alluxio worker as this agent knows them: filled by the one who watches, told to locus-meta.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cache_worker/agent/tier_view.h"
#include "cache_worker/report/report_queue.h"
#include "cache_worker/report/sources.h"
#include "cache_worker/store/block.h"
#include "common/mutex.h"

namespace locus::worker {

struct AgentFolder {
  Tier tier = Tier::kMem;
  // Holds the block files themselves.
  std::string path;
  // 0: the size of the file system.
  uint64_t quota_bytes = 0;
};

// A worker's heap ends before this: a block costs Alluxio about a kilobyte.
inline constexpr size_t kMaxAgentBlocks = 4'000'000;

// Thread-safe.
//
// Used bytes are the sum of the block files' sizes as they were last seen, and so exact, and free to ask for. What the
// file system says would count whatever else lies there: Alluxio's unfinished blocks, and on a disk all other files.
class AgentBlocks final : public BlockSource {
 public:
  // `queue` gets each change and must outlive this.
  AgentBlocks(const std::vector<AgentFolder>& folders, size_t max_blocks, ReportNews& news);

  // Lets `change` work on the view, then hands over what came of it, all at one moment.
  void Update(const std::function<void(TierView&)>& change);
  // Bytes of the file system that holds the folder, for those without a quota.
  void SetFileSystemSize(size_t folder, uint64_t bytes);

  std::vector<BlockEvent> Snapshot(const std::function<void()>& at_that_moment) override;
  std::vector<TierUse> Usage() override;

  uint64_t blocks(Tier tier);
  uint64_t over_limit();

 private:
  ReportNews& news_;
  const std::vector<AgentFolder> folders_;
  Mutex mutex_;
  TierView view_ GUARDED_BY(mutex_);
  std::vector<uint64_t> capacity_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
