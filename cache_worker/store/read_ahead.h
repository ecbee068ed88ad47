// While one block of a read is handed out, the next one is fetched.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "cache_worker/store/work_queue.h"

namespace locus::worker {

// Of one read; not thread-safe. What it has begun is cancelled when it goes.
class ReadAhead {
 public:
  // Makes sure that the block is cached; true when that took a fetch. `cancelled` as of ReadThrough::Read.
  using Ensure = std::function<absl::StatusOr<bool>(uint64_t block, const std::function<bool()>& cancelled)>;

  // `queue` must outlive it. `ensure` is called on a thread of the queue, and what it refers to must outlive that.
  ReadAhead(WorkQueue& queue, Ensure ensure);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Nothing when the queue is full: the read then fetches it itself. Once for each block.
  void Begin(uint64_t block);
  // Of a block that is in the cache: whether it is there because this read asked for it, which is no hit.
  bool Fetched(uint64_t block) const;

 private:
  struct State {
    std::atomic<bool> cancelled{false};
    // One more than the block that is being fetched; 0: none. It may be in the cache already.
    std::atomic<uint64_t> fetching_end{0};
    // One more than the latest block that was fetched.
    std::atomic<uint64_t> fetched_end{0};
  };
  WorkQueue& queue_;
  const Ensure ensure_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace locus::worker
