#include "cache_worker/store/single_flight.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "common/status.h"
#include "tests/unit/cache_worker/support/eventually.h"

using namespace locus::worker;

namespace {

bool Never() { return false; }

}  // namespace

TEST_CASE("many calls for one block do the work once and share its result", "[store]") {
  constexpr int kCalls = 8;
  SingleFlight flights;
  std::atomic<int> runs{0}, waiting{0}, led{0}, shared{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kCalls; ++i) {
    threads.emplace_back([&] {
      bool counted = false;
      // Asked while waiting only: tells that this call has found the other's work.
      const auto cancelled = [&] {
        if (!counted) ++waiting;
        counted = true;
        return false;
      };
      const auto result = flights.Do({1, 2}, cancelled, [&] {
        ++runs;
        return Eventually([&] { return waiting == kCalls - 1; }) ? locus::NotFound("shared") : absl::OkStatus();
      });
      if (absl::IsNotFound(result.status)) ++shared;
      if (result.led) ++led;
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(runs == 1);
  CHECK(led == 1);
  CHECK(shared == kCalls);
}

TEST_CASE("different blocks do not wait for each other", "[store]") {
  SingleFlight flights;
  const auto outer = flights.Do({1, 1}, Never, [&] {
    return flights.Do({1, 2}, Never, [] { return absl::OkStatus(); }).status;
  });
  CHECK(outer.status.ok());
  CHECK(outer.led);
}

TEST_CASE("a waiting call can be cancelled while the work goes on", "[store]") {
  SingleFlight flights;
  std::atomic<bool> started{false}, go{false}, worked{false};
  std::thread worker([&] {
    const auto result = flights.Do({1, 1}, Never, [&] {
      started = true;
      Eventually([&] { return go.load(); });
      return absl::OkStatus();
    });
    worked = result.status.ok();
  });
  REQUIRE(Eventually([&] { return started.load(); }));
  const auto waiting = flights.Do(
      {1, 1}, [] { return true; }, [] { return absl::OkStatus(); });
  CHECK(absl::IsCancelled(waiting.status));
  CHECK_FALSE(waiting.led);
  go = true;
  worker.join();
  CHECK(worked);
}

TEST_CASE("after the landing the next call does the work anew", "[store]") {
  SingleFlight flights;
  int runs = 0;
  for (int i = 0; i < 3; ++i) flights.Do({1, 1}, Never, [&] { return ++runs, absl::OkStatus(); });
  CHECK(runs == 3);
}
