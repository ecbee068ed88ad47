#include "locusctl/caches/several_at_once.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <vector>

#include "common/mutex.h"

using namespace locus;
using namespace locus::ctl;

TEST_CASE("each number is called once, and all have returned at the end", "[locusctl]") {
  for (const size_t count : {size_t{0}, size_t{1}, 3 * kCallsAtOnce + 1}) {
    std::vector<std::atomic<int>> called(count);
    SeveralAtOnce(count, [&](size_t i) { ++called[i]; });
    for (size_t i = 0; i < count; ++i) CHECK(called[i] == 1);
  }
}

TEST_CASE("calls that wait for each other run at the same time, and no more than the bound", "[locusctl]") {
  Mutex mutex;
  CondVar changed;
  size_t running = 0, most = 0, begun = 0;
  SeveralAtOnce(2 * kCallsAtOnce, [&](size_t) {
    MutexLock lock(mutex);
    ++begun;
    most = std::max(most, ++running);
    changed.NotifyAll();
    // The first ones go on together only.
    changed.Wait(mutex, [&] { return begun >= kCallsAtOnce; });
    --running;
  });
  CHECK(most == kCallsAtOnce);
}
