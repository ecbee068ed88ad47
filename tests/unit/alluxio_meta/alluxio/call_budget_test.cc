#include "alluxio_meta/alluxio/call_budget.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace locus::meta;
using namespace std::chrono_literals;
using locus::Duration;
using locus::SteadyTime;

namespace {

// The most calls that started in any second, both ends counted once.
size_t BusiestSecond(const std::vector<SteadyTime>& starts) {
  size_t most = 0;
  for (const SteadyTime& from : starts) {
    const auto in =
        std::count_if(starts.begin(), starts.end(), [&](SteadyTime at) { return at >= from && at < from + 1s; });
    most = std::max(most, static_cast<size_t>(in));
  }
  return most;
}

// Callers that come at random, in crowds and after pauses, and wait as they are told.
std::vector<SteadyTime> Drive(CallBudget& budget, uint64_t seed, int calls) {
  std::mt19937_64 random(seed);
  std::vector<SteadyTime> starts;
  SteadyTime now = SteadyTime() + 5h;
  while (starts.size() < static_cast<size_t>(calls)) {
    const Duration wait = budget.Start(now);
    if (wait == 0ns) {
      starts.push_back(now);
      if (random() % 20 == 0) now += Duration(random() % 3'000'000'000);
    } else {
      // Late as threads are, or too early.
      now += random() % 2 == 0 ? wait + Duration(random() % 40'000'000) : wait / 2 + 1ns;
    }
  }
  return starts;
}

}  // namespace

TEST_CASE("in no second more calls start than the budget has", "[alluxio]") {
  for (const double rate : {2.0, 2.9, 3.0, 7.0, 20.0, 33.3, 1000.0}) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      CallBudget budget(rate);
      const std::vector<SteadyTime> starts = Drive(budget, seed, 600);
      INFO("rate " << rate << ", seed " << seed);
      CHECK(BusiestSecond(starts) <= static_cast<size_t>(rate));
    }
  }
}

TEST_CASE("a caller that waits as told gets the whole budget", "[alluxio]") {
  CallBudget budget(20);
  std::vector<SteadyTime> starts;
  for (SteadyTime now; now < SteadyTime() + 10s;) {
    const Duration wait = budget.Start(now);
    if (wait == 0ns) starts.push_back(now);
    now += wait;
  }
  CHECK(starts.size() == 200);
}

TEST_CASE("the first call starts at once, also after a long pause", "[alluxio]") {
  CallBudget budget(2);
  CHECK(budget.Start(SteadyTime() + 1h) == 0ns);
  CHECK(budget.Start(SteadyTime() + 1h) == 500ms);
  CHECK(budget.Start(SteadyTime() + 1h + 100ms) == 400ms);
  CHECK(budget.Start(SteadyTime() + 9h) == 0ns);
}

TEST_CASE("a call that did not start costs nothing", "[alluxio]") {
  CallBudget budget(1);
  CHECK(budget.Start(SteadyTime()) == 0ns);
  for (int i = 0; i < 100; ++i) CHECK(budget.Start(SteadyTime() + 999ms) == 1ms);
  CHECK(budget.Start(SteadyTime() + 1s) == 0ns);
}

TEST_CASE("less than one call in a second is spaced wider", "[alluxio]") {
  CallBudget budget(0.25);
  CHECK(budget.Start(SteadyTime()) == 0ns);
  CHECK(budget.Start(SteadyTime() + 1s) == 3s);
}
