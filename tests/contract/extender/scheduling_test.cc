// Where pods land when the extender's answers meet the scheduler's arithmetic.
#include <catch2/catch.hpp>

#include "tests/contract/extender/scheduler_double.h"

using namespace locus::extender;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;
constexpr int kWeight = 20;
const std::string kInput = R"("locus.dev/inputs":"/x")";
const std::vector<std::string> kNodes = {"n1", "n2", "n3", "n4", "n5"};
using Set = std::set<std::string>;

}  // namespace

TEST_CASE("a pod lands on the node with the most of its data", "[scheduling]") {
  ExtenderServer server;
  server.locality().Put(Known("/x", 4 * kGiB, {{"n2", kGiB}, {"n4", 3 * kGiB}}));
  SchedulerDouble scheduler(server.port(), kWeight);
  CHECK(scheduler.Schedule(kInput, kNodes) == Set{"n4"});
  // Not offered, because it is full: the next best.
  CHECK(scheduler.Schedule(kInput, {"n1", "n2", "n3"}) == Set{"n2"});
}

TEST_CASE("a pod without annotations is left to the scheduler's own plugins", "[scheduling]") {
  ExtenderServer server;
  server.locality().Put(Known("/x", 4 * kGiB, {{"n4", 3 * kGiB}}));
  SchedulerDouble scheduler(server.port(), kWeight);
  CHECK(scheduler.Schedule("", kNodes, {{"n1", 10}}) == Set{"n1"});
  CHECK(scheduler.Schedule("", kNodes) == Set(kNodes.begin(), kNodes.end()));
}

TEST_CASE("the scheduler's plugins decide among equal holders", "[scheduling]") {
  ExtenderServer server;
  server.locality().Put(Known("/x", 4 * kGiB, {{"n2", kGiB}, {"n4", kGiB}}));
  SchedulerDouble scheduler(server.port(), kWeight);
  CHECK(scheduler.Schedule(kInput, kNodes) == Set{"n2", "n4"});
  CHECK(scheduler.Schedule(kInput, kNodes, {{"n4", 1}, {"n1", 500}}) == Set{"n4"});
}

TEST_CASE("at weight 20 locality outweighs all default plugins together", "[scheduling]") {
  ExtenderServer server;
  server.locality().Put(Known("/x", 4 * kGiB, {{"n2", kGiB}}));
  // The eleven points of the default plugins' weights give at most 1200.
  CHECK(SchedulerDouble(server.port(), 20).Schedule(kInput, kNodes, {{"n1", 1200}}) == Set{"n2"});
  CHECK(SchedulerDouble(server.port(), 1).Schedule(kInput, kNodes, {{"n1", 1200}}) == Set{"n1"});
}

TEST_CASE("one feasible node is taken without asking for scores", "[scheduling]") {
  ExtenderServer server;
  SchedulerDouble scheduler(server.port(), kWeight);
  CHECK(scheduler.Schedule(kInput, {"n3"}) == Set{"n3"});
  CHECK(scheduler.prioritize_calls() == 0);
}

TEST_CASE("a filter call with the nominated node alone is passed like any other", "[scheduling]") {
  ExtenderServer server;
  SchedulerDouble scheduler(server.port(), kWeight);
  CHECK(scheduler.Filter(kInput, {"n5"}) == std::vector<std::string>{"n5"});
  CHECK(scheduler.Filter(kInput, kNodes) == kNodes);
}

TEST_CASE("without metadata pods are scheduled as without the extender", "[scheduling]") {
  ExtenderServer server;
  server.locality().SetNews({});
  SchedulerDouble scheduler(server.port(), kWeight);
  CHECK(scheduler.Schedule(kInput, kNodes, {{"n5", 3}}) == Set{"n5"});
}

TEST_CASE("a policy that is not in effect keeps no pod from starting", "[scheduling]") {
  ExtenderServer server;
  server.locality().Put(Known("/x", 4 * kGiB, {{"elsewhere", kGiB}}));
  SchedulerDouble scheduler(server.port(), kWeight);
  const std::string require = kInput + R"(,"locus.dev/policy":"require")";
  CHECK(scheduler.Schedule(require, kNodes, {{"n1", 1}}) == Set{"n1"});
}
