// A bounded queue of work and the threads that do it.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace locus::worker {

// Thread-safe. Work is begun in the order in which it came.
class WorkQueue {
 public:
  // `max_waiting`: pieces of work that no thread has begun.
  WorkQueue(size_t threads, size_t max_waiting);
  // Stops.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // False: it is full or stopped, and `work` will never run.
  bool Add(std::function<void()> work);
  size_t waiting() const;
  // Does what was added, and takes nothing more. Idempotent; not from one of its own threads.
  void Stop();

 private:
  void Run();

  const size_t max_waiting_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> work_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace locus::worker
