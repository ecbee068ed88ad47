// A fixed number of threads for work that blocks.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace locus::worker {

// Thread-safe. Tasks begin in the order in which they came.
class TaskPool {
 public:
  TaskPool(size_t threads, size_t max_waiting);
  // Stops.
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  // False: max_waiting of them wait, or it is stopped; the task is gone.
  bool Submit(std::function<void()> task);
  // Drops what waits and returns when the tasks in progress have. Idempotent; not from a task.
  void Stop();
  size_t waiting() const;

 private:
  void Run();

  const size_t max_waiting_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> tasks_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace locus::worker
