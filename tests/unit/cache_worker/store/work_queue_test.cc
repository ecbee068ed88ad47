#include "cache_worker/store/work_queue.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tests/unit/cache_worker/support/eventually.h"

using namespace locus::worker;

TEST_CASE("work is done in the order in which it came", "[store]") {
  std::vector<int> done;
  {
    WorkQueue queue(1, 100);
    for (int i = 0; i < 50; ++i) CHECK(queue.Add([&done, i] { done.push_back(i); }));
  }
  REQUIRE(done.size() == 50);
  for (int i = 0; i < 50; ++i) CHECK(done[static_cast<size_t>(i)] == i);
}

TEST_CASE("a full queue takes nothing more, and says so", "[store]") {
  std::atomic<bool> held{true};
  std::atomic<int> done{0};
  WorkQueue queue(1, 2);
  REQUIRE(queue.Add([&] {
    while (held) std::this_thread::yield();
  }));
  REQUIRE(Eventually([&] { return queue.waiting() == 0; }));
  CHECK(queue.Add([&] { ++done; }));
  CHECK(queue.Add([&] { ++done; }));
  CHECK_FALSE(queue.Add([&] { ++done; }));
  CHECK(queue.waiting() == 2);
  held = false;
  queue.Stop();
  CHECK(done == 2);
}

TEST_CASE("stopping does what was added, and takes nothing more", "[store]") {
  std::atomic<int> done{0};
  WorkQueue queue(3, 1000);
  for (int i = 0; i < 500; ++i) REQUIRE(queue.Add([&] { ++done; }));
  queue.Stop();
  CHECK(done == 500);
  CHECK_FALSE(queue.Add([&] { ++done; }));
  queue.Stop();
  CHECK(done == 500);
}

TEST_CASE("several threads work at once", "[store]") {
  WorkQueue queue(2, 10);
  std::atomic<int> met{0};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(queue.Add([&] {
      ++met;
      while (met < 2) std::this_thread::yield();
    }));
  }
  queue.Stop();
  CHECK(met == 2);
}
