// News of one worker for several streams.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "cache_worker/report/report_queue.h"
#include "common/mutex.h"

namespace locus::worker {

// Passes all news on to each queue. Thread-safe. A queue that is added in the middle misses nothing: it keeps changes
// only from its stream's snapshot on.
class NewsFan final : public ReportNews {
 public:
  void Add(std::shared_ptr<ReportQueue> queue) {
    MutexLock lock(mutex_);
    queues_.push_back(std::move(queue));
  }
  // It gets nothing from now on.
  void Remove(const std::shared_ptr<ReportQueue>& queue) {
    MutexLock lock(mutex_);
    queues_.erase(std::remove(queues_.begin(), queues_.end(), queue), queues_.end());
  }

  void Push(BlockEvent event) override {
    MutexLock lock(mutex_);
    for (const auto& queue : queues_) queue->Push(event);
  }
  void AskBeat() override {
    MutexLock lock(mutex_);
    for (const auto& queue : queues_) queue->AskBeat();
  }

 private:
  Mutex mutex_;
  std::vector<std::shared_ptr<ReportQueue>> queues_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
