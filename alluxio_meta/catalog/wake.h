// A flag to wait for.
#pragma once

#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe; one waiter.
class Wake {
 public:
  void Set() {
    MutexLock lock(mutex_);
    set_ = true;
    changed_.NotifyOne();
  }
  // Waits until Set or the timeout, and clears the flag.
  void Wait(Duration timeout) {
    MutexLock lock(mutex_);
    changed_.WaitFor(mutex_, timeout, [&] { return set_; });
    set_ = false;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool set_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::meta
