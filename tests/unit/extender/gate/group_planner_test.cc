#include "extender/gate/group_planner.h"

#include <catch2/catch.hpp>

#include "tests/unit/extender/fake_cluster.h"
#include "tests/unit/extender/fake_locality.h"

using namespace locus;
using namespace locus::extender;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;

struct Fixture {
  FakeLocality locality;
  FakeCluster cluster;
  GroupPlanner planner{{}, locality, cluster};
  std::vector<PendingPod> pods;
  std::vector<Wishes> wishes;

  // `texts`: inputs of each pod.
  GroupPlan Plan(const std::vector<std::string>& inputs, Policy policy = Policy::kWait) {
    pods.clear();
    wishes.clear();
    for (size_t i = 0; i < inputs.size(); ++i) {
      pods.push_back({});
      pods.back().name = pods.back().uid = "p" + std::to_string(i);
      wishes.push_back({});
      if (!inputs[i].empty()) wishes.back().inputs = {inputs[i]};
      wishes.back().policy = policy;
    }
    Surroundings group;
    group.group_size = inputs.size();
    cluster.groups["g"] = group;
    std::vector<Waiter> waiters;
    for (size_t i = 0; i < inputs.size(); ++i) waiters.push_back({&pods[i], &wishes[i]});
    return planner.Plan("g", waiters);
  }
};

using Nodes = std::vector<std::optional<std::string>>;

}  // namespace

TEST_CASE("a group is planned together, within the room there is", "[group_planner]") {
  Fixture f;
  f.locality.Put(Known("/x", 6 * kGiB, {{"a", 4 * kGiB}, {"b", 2 * kGiB}}));
  f.cluster.room = {{"a", 5}, {"b", 5}};
  CHECK(f.Plan({"/x", "/x", "/x"}).nodes == Nodes{"a", "a", "b"});
  f.cluster.room = {{"a", 1}, {"b", 5}};
  const GroupPlan tight = f.Plan({"/x", "/x", "/x"});
  CHECK(tight.nodes == Nodes{"a", "b", std::nullopt});
  // There is more on a: worth waiting for.
  CHECK(tight.each[2] == PlanStatus::kPlanned);
}

TEST_CASE("a pod to which others leave nothing has nothing to wait for", "[group_planner]") {
  Fixture f;
  f.locality.Put(Known("/x", 6 * kGiB, {{"a", 2 * kGiB}}));
  f.cluster.room = {{"a", 5}};
  const GroupPlan plan = f.Plan({"/x", "/x", "/x"});
  CHECK(plan.nodes == Nodes{"a", std::nullopt, std::nullopt});
  CHECK(plan.each ==
        std::vector<PlanStatus>{PlanStatus::kPlanned, PlanStatus::kNothingToWaitFor, PlanStatus::kNothingToWaitFor});
  // One that requires a holder takes any.
  CHECK(f.Plan({"/x", "/x", "/x"}, Policy::kRequire).nodes == Nodes{"a", "a", "a"});
}

TEST_CASE("inputs that nobody knows yet are told as unknown, each pod for itself", "[group_planner]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"a", kGiB}}));
  f.locality.Put(Known("/cold", kGiB, {}));
  f.cluster.room = {{"a", 5}};
  const GroupPlan plan = f.Plan({"/x", "/pending", "/cold", ""});
  CHECK(plan.nodes == Nodes{"a", std::nullopt, std::nullopt, std::nullopt});
  CHECK(plan.each == std::vector<PlanStatus>{PlanStatus::kPlanned, PlanStatus::kUnknown, PlanStatus::kNothingToWaitFor,
                                             PlanStatus::kNothingToWaitFor});
  f.locality.SetNews({});
  CHECK(f.Plan({"/x"}).each == std::vector<PlanStatus>{PlanStatus::kUnknown});
}
