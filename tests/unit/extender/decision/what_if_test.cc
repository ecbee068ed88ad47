#include "extender/decision/what_if.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/extender/pictures.h"

using namespace locus::extender;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;

WhatIf Plan(const LocalityAnswer& answer, size_t executors, std::vector<WhatIfQuestion::Room> rooms) {
  const Holdings holdings = Gather(answer, std::chrono::seconds(1));
  WhatIfQuestion question;
  question.holdings = &holdings;
  question.loads = answer.loads.get();
  question.executors = executors;
  question.rooms = std::move(rooms);
  question.random = [engine = std::mt19937_64(7)]() mutable { return engine(); };
  return PlanExecutors(question, {});
}

}  // namespace

TEST_CASE("a what-if places executors by bytes and room", "[what_if]") {
  const LocalityAnswer answer = Answer({Known("/x", 8 * kGiB, {{"a", 6 * kGiB}, {"b", 0, 2 * kGiB}})});
  const WhatIf plan = Plan(answer, 4, {{"a", 10}, {"b", 10}, {"c", 10}});
  CHECK(plan.share_bytes == 2 * kGiB);
  REQUIRE(plan.places.size() == 2);
  CHECK(plan.places[0].node == "a");
  CHECK(plan.places[0].executors == 3);
  CHECK(plan.places[0].taken == TierBytes{6 * kGiB, 0, 0});
  CHECK(plan.places[1].executors == 1);
  CHECK(plan.places[1].taken == TierBytes{0, 2 * kGiB, 0});
  CHECK(plan.taken_bytes == 8 * kGiB);
  CHECK(plan.elsewhere == 0);
}

TEST_CASE("executors beyond the room of holders go elsewhere", "[what_if]") {
  const LocalityAnswer answer = Answer({Known("/x", 8 * kGiB, {{"a", 8 * kGiB}})});
  const WhatIf plan = Plan(answer, 4, {{"a", 1}, {"b", 10}});
  CHECK(plan.taken_bytes == 2 * kGiB);
  CHECK(plan.elsewhere == 3);
  // Without knowing the cluster all have room.
  CHECK(Plan(answer, 4, {}).taken_bytes == 8 * kGiB);
}

TEST_CASE("what chance would give is told beside the plan", "[what_if]") {
  // One executor, one of four nodes holds all: chance finds it in a quarter of the cases, as does one on each node.
  const LocalityAnswer answer = Answer({Known("/x", 8 * kGiB, {{"a", 8 * kGiB}})});
  const WhatIf one = Plan(answer, 1, {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}});
  CHECK(one.taken_bytes == 8 * kGiB);
  CHECK(*one.random_bytes == Approx(2.0 * kGiB).margin(1.5 * kGiB));
  // Four executors, one place each: everybody is everywhere, and a's executor reads its quarter.
  const WhatIf four = Plan(answer, 4, {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}});
  CHECK(*four.one_per_node_bytes == Approx(2.0 * kGiB));
  CHECK(*four.random_bytes == Approx(2.0 * kGiB));
  CHECK_FALSE(Plan(answer, 4, {}).random_bytes);
}

TEST_CASE("nothing cached plans nobody", "[what_if]") {
  const WhatIf plan = Plan(Answer({Known("/x", kGiB, {})}), 3, {{"a", 5}});
  CHECK(plan.places.empty());
  CHECK(plan.elsewhere == 3);
  CHECK(plan.taken_bytes == 0);
}
