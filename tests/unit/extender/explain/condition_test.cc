#include "extender/explain/condition.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

Condition Well() {
  Condition condition;
  condition.started = WallTime{1000s};
  condition.now = WallTime{5000s};
  condition.news.connected = condition.news.heard = true;
  condition.news.age = 100ms;
  condition.max_age = 10s;
  condition.cluster.asked = condition.cluster.synced = true;
  condition.cluster.age = 1s;
  condition.cluster.leader = "other";
  return condition;
}

}  // namespace

TEST_CASE("nothing is degraded while all is well, or no API server is asked", "[explain]") {
  CHECK(DegradedStates(Well()).empty());
  Condition alone = Well();
  alone.cluster = {};
  CHECK(DegradedStates(alone).empty());
}

TEST_CASE("metadata is degraded since it was last heard, at first since the start", "[explain]") {
  Condition condition = Well();
  condition.news = {};
  auto states = DegradedStates(condition);
  REQUIRE(states.size() == 1);
  CHECK(states[0].reason == "metadata_away");
  CHECK(states[0].since == condition.started);

  condition = Well();
  condition.news.connected = false;
  condition.news.age = 10s;
  states = DegradedStates(condition);
  REQUIRE(states.size() == 1);
  CHECK(states[0].reason == "disconnected");
  condition.news.age = 10s + 1ms;
  states = DegradedStates(condition);
  REQUIRE(states.size() == 1);
  CHECK(states[0].reason == "metadata_stale");
  CHECK(states[0].since == condition.now - 10s - 1ms);
}

TEST_CASE("a picture that its own source calls stale is degraded since that source was heard", "[explain]") {
  Condition condition = Well();
  condition.news.stale = true;
  condition.news.source_age = 90s;
  const auto states = DegradedStates(condition);
  REQUIRE(states.size() == 1);
  CHECK(states[0].reason == "source_stale");
  CHECK(states[0].since == condition.now - 90s);
}

TEST_CASE("a cluster that is not listed, or not heard, is degraded with the reason", "[explain]") {
  Condition condition = Well();
  condition.cluster.synced = false;
  condition.cluster.problem = "forbidden: bind it";
  auto states = DegradedStates(condition);
  REQUIRE(states.size() == 1);
  CHECK(states[0].reason == "not_synced");
  CHECK(states[0].since == condition.started);
  CHECK(states[0].text == "forbidden: bind it");
  condition.cluster.synced = true;
  condition.cluster.age = 70s;
  states = DegradedStates(condition);
  REQUIRE(states.size() == 1);
  CHECK(states[0].reason == "api_server");
  CHECK(states[0].since == condition.now - 70s);
}

TEST_CASE("a gate that nobody leads is degraded, since when is not known", "[explain]") {
  Condition condition = Well();
  condition.cluster.leader = "";
  auto states = DegradedStates(condition);
  REQUIRE(states.size() == 1);
  CHECK(states[0].part == "gate");
  CHECK_FALSE(states[0].since);
  condition.cluster.leads = true;
  CHECK(DegradedStates(condition).empty());
}

TEST_CASE("degraded decisions count for as long as their spell lasts", "[explain]") {
  Condition condition = Well();
  condition.outcomes = {
      {Outcome::kScored, Reason::kNone, 7, condition.now, condition.now},
      {Outcome::kDegraded, Reason::kInputPending, 2, condition.now - 20min, condition.now - 5min},
      {Outcome::kDegraded, Reason::kInputLimit, 9, condition.now - 20min, condition.now - 5min - 1ms},
  };
  const auto states = DegradedStates(condition);
  REQUIRE(states.size() == 1);
  CHECK(states[0].part == "decisions");
  CHECK(states[0].reason == "input_pending");
  CHECK(states[0].since == condition.now - 20min);
}
