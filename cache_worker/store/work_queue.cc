#include "cache_worker/store/work_queue.h"

#include <utility>

namespace locus::worker {

WorkQueue::WorkQueue(size_t threads, size_t max_waiting) : max_waiting_(max_waiting) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkQueue::~WorkQueue() { Stop(); }

bool WorkQueue::Add(std::function<void()> work) {
  MutexLock lock(mutex_);
  if (stopping_ || work_.size() >= max_waiting_) return false;
  work_.push_back(std::move(work));
  changed_.NotifyOne();
  return true;
}

size_t WorkQueue::waiting() const {
  MutexLock lock(mutex_);
  return work_.size();
}

void WorkQueue::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkQueue::Run() {
  for (;;) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      changed_.Wait(mutex_, [this] { return stopping_ || !work_.empty(); });
      if (work_.empty()) return;
      work = std::move(work_.front());
      work_.pop_front();
    }
    work();
  }
}

}  // namespace locus::worker
