// A few threads for work that gRPC's own must not do.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace locus::meta {

// Thread-safe. Tasks wait in order; how many there may be is up to those who post.
class TaskThreads {
 public:
  explicit TaskThreads(size_t threads);
  // Stops.
  ~TaskThreads();
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  // After Stop: dropped.
  void Post(std::function<void()> task);
  // Waits for tasks that run, and drops those that wait. Idempotent.
  void Stop();

 private:
  void Run();

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> tasks_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace locus::meta
