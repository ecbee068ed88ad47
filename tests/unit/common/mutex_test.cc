#include "common/mutex.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace locus;
using namespace std::chrono_literals;

TEST_CASE("a mutex keeps increments of many threads apart", "[common]") {
  Mutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) {
        MutexLock lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count == 40'000);
}

TEST_CASE("WaitFor gives up when the predicate stays false", "[common]") {
  Mutex mutex;
  CondVar changed;
  MutexLock lock(mutex);
  CHECK_FALSE(changed.WaitFor(mutex, 10ms, [] { return false; }));
  CHECK_FALSE(changed.WaitFor(mutex, 0ms, [] { return false; }));
  CHECK_FALSE(changed.WaitFor(mutex, -1h, [] { return false; }));
}

TEST_CASE("WaitFor asks the predicate before it waits", "[common]") {
  Mutex mutex;
  CondVar changed;
  MutexLock lock(mutex);
  CHECK(changed.WaitFor(mutex, 0ms, [] { return true; }));
}

TEST_CASE("WaitFor returns when the predicate becomes true, also with the longest time-out", "[common]") {
  for (const std::chrono::nanoseconds timeout : {std::chrono::nanoseconds(1min), std::chrono::nanoseconds::max()}) {
    Mutex mutex;
    CondVar changed;
    bool ready = false, waiting = false;
    std::thread other([&] {
      MutexLock lock(mutex);
      changed.Wait(mutex, [&] { return waiting; });
      ready = true;
      changed.NotifyAll();
    });
    {
      MutexLock lock(mutex);
      waiting = true;
      changed.NotifyAll();
      CHECK(changed.WaitFor(mutex, timeout, [&] { return ready; }));
      // The mutex is held again: this write would be a race otherwise.
      ready = false;
    }
    other.join();
  }
}
