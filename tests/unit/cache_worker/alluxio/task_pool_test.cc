#include "cache_worker/alluxio/task_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>

#include "cache_worker/alluxio/read_budget.h"
#include "tests/unit/cache_worker/support/eventually.h"

using namespace locus::worker;

TEST_CASE("as many tasks run at once as there are threads, and the others wait", "[alluxio]") {
  TaskPool pool(2, 10);
  std::atomic<int> running{0};
  std::atomic<bool> go{false};
  for (int i = 0; i < 5; ++i) {
    REQUIRE(pool.Submit([&] {
      ++running;
      Eventually([&] { return go.load(); });
    }));
  }
  REQUIRE(Eventually([&] { return running == 2 && pool.waiting() == 3; }));
  go = true;
  CHECK(Eventually([&] { return running == 5; }));
}

TEST_CASE("what waits has a bound", "[alluxio]") {
  TaskPool pool(1, 2);
  std::atomic<bool> begun{false}, go{false};
  REQUIRE(pool.Submit([&] {
    begun = true;
    Eventually([&] { return go.load(); });
  }));
  REQUIRE(Eventually([&] { return begun.load(); }));
  CHECK(pool.Submit([] {}));
  CHECK(pool.Submit([] {}));
  CHECK_FALSE(pool.Submit([] {}));
  go = true;
}

TEST_CASE("a stop drops what waits, lets go of it, and takes nothing more", "[alluxio]") {
  TaskPool pool(1, 10);
  std::atomic<bool> begun{false}, go{false};
  REQUIRE(pool.Submit([&] {
    begun = true;
    Eventually([&] { return go.load(); });
  }));
  REQUIRE(Eventually([&] { return begun.load(); }));
  const auto held = std::make_shared<int>(1);
  REQUIRE(pool.Submit([held] { FAIL("it was to be dropped"); }));
  std::thread stopping([&] { pool.Stop(); });
  CHECK(Eventually([&] { return held.use_count() == 1; }));
  go = true;
  stopping.join();
  CHECK_FALSE(pool.Submit([] {}));
}

TEST_CASE("a budget gives what it has, and gets it back", "[alluxio]") {
  ReadBudget budget(100);
  auto first = budget.Take(60);
  REQUIRE(first.has_value());
  CHECK_FALSE(budget.Take(41).has_value());
  {
    const auto second = budget.Take(40);
    REQUIRE(second.has_value());
    CHECK(budget.used() == 100);
  }
  CHECK(budget.used() == 60);
  first.reset();
  CHECK(budget.used() == 0);
}

TEST_CASE("what is held of a budget may outlive it", "[alluxio]") {
  std::optional<ReadBudget::Hold> held;
  {
    ReadBudget budget(100);
    auto hold = budget.Take(60);
    held.emplace(std::move(*hold));
  }
  held.reset();
}
