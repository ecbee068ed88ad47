#include "extender/decision/plan.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/unit/extender/pictures.h"

using namespace locus::extender;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;

struct Planned {
  std::vector<std::string> nodes;
  std::vector<PlanStep> steps;
  std::map<std::string, int> Counts() const {
    std::map<std::string, int> counts;
    for (const std::string& node : nodes) {
      if (!node.empty()) ++counts[node];
    }
    return counts;
  }
};

Planned PlanFor(const std::vector<On>& holders, uint64_t length, size_t members,
                const std::map<std::string, uint32_t>& room, std::vector<std::pair<std::string, double>> loads = {},
                Layout layout = Layout::kSpread, double good_enough = 0.5) {
  const LocalityAnswer answer = Answer({Known("/x", length, holders)}, std::move(loads));
  const Holdings holdings = Gather(answer, std::chrono::seconds(1));
  Scene scene;
  scene.holdings = &holdings;
  scene.loads = answer.loads.get();
  scene.share_bytes = ShareOf(std::nullopt, length, members);
  scene.layout = layout;
  const auto has_room = [&](size_t, size_t n, uint32_t planned) {
    const auto found = room.find(std::string(holdings.nodes[n].node));
    return found == room.end() || planned < found->second;
  };
  Planned planned;
  planned.steps = PlanGroup(Appraiser(scene, {}), holdings.nodes.size(), members, has_room, good_enough, 0.01);
  for (const PlanStep& step : planned.steps) {
    const bool placed = step.result == PlanStep::Result::kNode;
    planned.nodes.push_back(placed ? std::string(holdings.nodes[step.node].node) : "");
  }
  return planned;
}

}  // namespace

// peers.md-style cases: executors of one batch, and bytes that lie 80 to 20.
TEST_CASE("the executors of one batch do not all go to one node", "[plan]") {
  CHECK(PlanFor({{"a", 4 * kGiB}, {"b", 4 * kGiB}, {"c", 4 * kGiB}}, 12 * kGiB, 6, {}).Counts() ==
        std::map<std::string, int>{{"a", 2}, {"b", 2}, {"c", 2}});
}

TEST_CASE("bytes that lie 80 to 20 get executors 8 to 2", "[plan]") {
  CHECK(PlanFor({{"a", 80 * kGiB}, {"b", 20 * kGiB}}, 100 * kGiB, 10, {}).Counts() ==
        std::map<std::string, int>{{"a", 8}, {"b", 2}});
}

TEST_CASE("when the data is covered there is nothing to wait for", "[plan]") {
  // Half of the input is in no cache: three of six executors read all that is.
  const Planned planned = PlanFor({{"a", 3 * kGiB}}, 6 * kGiB, 6, {});
  CHECK(planned.Counts() == std::map<std::string, int>{{"a", 3}});
  for (size_t i = 3; i < 6; ++i) CHECK(planned.steps[i].result == PlanStep::Result::kNothing);
}

TEST_CASE("a full holder is worth waiting for, a poor one with room is not taken for it", "[plan]") {
  const Planned planned = PlanFor({{"a", 6 * kGiB}, {"b", kGiB / 2}}, 6 * kGiB, 2, {{"a", 0}});
  for (const PlanStep& step : planned.steps) CHECK(step.result == PlanStep::Result::kNoRoom);
  const Planned modest = PlanFor({{"a", 6 * kGiB}, {"b", 2 * kGiB}}, 6 * kGiB, 2, {{"a", 0}});
  CHECK(modest.Counts() == std::map<std::string, int>{{"b", 1}});
}

TEST_CASE("a busy holder gives way to an idle one with half its bytes, and not when the load has fallen", "[plan]") {
  const std::vector<On> holders = {{"busy", 4 * kGiB}, {"idle", 2 * kGiB}};
  CHECK(PlanFor(holders, 4 * kGiB, 1, {}, {{"busy", 0.95}, {"idle", 0.2}}).nodes[0] == "idle");
  CHECK(PlanFor(holders, 4 * kGiB, 1, {}, {{"busy", 0.2}, {"idle", 0.2}}).nodes[0] == "busy");
}

TEST_CASE("pack uses as few nodes as hold the data", "[plan]") {
  // a holds all; b and c hold parts of it.
  const std::vector<On> holders = {{"a", 6 * kGiB}, {"b", 3 * kGiB}, {"c", 3 * kGiB}};
  CHECK(PlanFor(holders, 6 * kGiB, 4, {}, {}, Layout::kPack).Counts() == std::map<std::string, int>{{"a", 4}});
  // With room for two on a, one more node is opened, not two.
  CHECK(PlanFor(holders, 6 * kGiB, 4, {{"a", 2}}, {}, Layout::kPack, 0.1).Counts().size() == 2);
}

TEST_CASE("a group of no members and an input of no bytes plan nothing", "[plan]") {
  CHECK(PlanFor({{"a", kGiB}}, kGiB, 0, {}).steps.empty());
  CHECK(PlanFor({}, 0, 3, {}).steps[2].result == PlanStep::Result::kNothing);
}
