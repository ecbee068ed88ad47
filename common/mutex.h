// std::mutex with clang's thread-safety annotations. Not absl::Mutex: Debian's build of it is not instrumented, and
// ThreadSanitizer then reports correctly guarded data (docs/adr/0003-std-mutex.md).
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define LOCUS_TSA(x) __attribute__((x))
#else
#define LOCUS_TSA(x)
#endif

// Abseil, which gRPC's headers include, defines the same word with the same meaning.
#ifndef GUARDED_BY
#define GUARDED_BY(x) LOCUS_TSA(guarded_by(x))
#endif
#define REQUIRES(...) LOCUS_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) LOCUS_TSA(locks_excluded(__VA_ARGS__))

namespace locus {

class LOCUS_TSA(capability("mutex")) Mutex {
 public:
  void Lock() LOCUS_TSA(acquire_capability()) { mutex_.lock(); }
  void Unlock() LOCUS_TSA(release_capability()) { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class LOCUS_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) LOCUS_TSA(acquire_capability(mutex)) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() LOCUS_TSA(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits hold the mutex again when they return. Spurious wake-ups happen: wait in a loop or use the predicate forms.
class CondVar {
 public:
  void NotifyOne() { cv_.notify_one(); }
  void NotifyAll() { cv_.notify_all(); }

  template <typename Predicate>
  void Wait(Mutex& mutex, Predicate predicate) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait(lock, predicate);
    lock.release();
  }

  // False when the time ran out with the predicate still false.
  template <typename Predicate>
  bool WaitFor(Mutex& mutex, std::chrono::nanoseconds timeout, Predicate predicate) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    // A deadline beyond the clock's range would lie in the past.
    const std::chrono::nanoseconds bounded = std::min<std::chrono::nanoseconds>(timeout, std::chrono::hours(24 * 365));
    // An absolute system_clock deadline: gcc 12's TSan does not know pthread_cond_clockwait, which steady waits use.
    const bool held = cv_.wait_until(lock, std::chrono::system_clock::now() + bounded, predicate);
    lock.release();
    return held;
  }

 private:
  std::condition_variable cv_;
};

}  // namespace locus
