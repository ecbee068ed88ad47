#include "cache_worker/origin/stall_rule.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

TEST_CASE("silence over the window is a stall", "[origin]") {
  const SteadyTime start{100s};
  StallRule rule(30s, start);
  CHECK(rule.Left(start) == 30s);
  CHECK(rule.Left(start + 29s) == 1s);
  CHECK(rule.Left(start + 30s) == 0s);
}

TEST_CASE("bytes at more than the least rate put the stall off", "[origin]") {
  StallRule rule(10s, SteadyTime{});
  for (int second = 1; second < 100; ++second) {
    rule.Heard(1024, SteadyTime{std::chrono::seconds(second)});
    REQUIRE(rule.Left(SteadyTime{std::chrono::seconds(second)}) > 0s);
  }
}

TEST_CASE("a trickle is a stall too", "[origin]") {
  StallRule rule(10s, SteadyTime{});
  for (int second = 1; second <= 10; ++second) rule.Heard(100, SteadyTime{std::chrono::seconds(second)});
  CHECK(rule.Left(SteadyTime{10s}) == 0s);
}

TEST_CASE("headers that have come whole begin the wait anew", "[origin]") {
  StallRule rule(10s, SteadyTime{});
  rule.Heard(50, SteadyTime{9s});
  rule.Restart(SteadyTime{9s});
  CHECK(rule.Left(SteadyTime{10s}) == 9s);
}

TEST_CASE("the shortest window still wants a byte", "[origin]") {
  StallRule rule(1ms, SteadyTime{});
  rule.Heard(0, SteadyTime{});
  CHECK(rule.Left(SteadyTime{1ms}) == 0ms);
  rule.Heard(1, SteadyTime{1ms});
  CHECK(rule.Left(SteadyTime{1ms}) == 1ms);
}
