#include "extender/warm_up/warm_up_plan.h"

#include <catch2/catch.hpp>

#include "tests/unit/extender/pictures.h"

using namespace locus::extender;

namespace {

constexpr uint64_t kMuch = 1ULL << 40;

Holdings Held(std::vector<std::shared_ptr<const InputPicture>> pictures) {
  return Gather(Answer(std::move(pictures)), std::chrono::seconds(10));
}

CacheWorker At(const std::string& node, uint64_t capacity = kMuch, const std::string& port = ":8920") {
  return {{node, "host-of-" + node + port}, capacity};
}

WarmUpPlan Plan(const Holdings& holdings, const std::vector<Siblings>& members, const std::vector<CacheWorker>& workers,
                uint64_t max_bytes = kMuch) {
  return PlanWarmUp("g", holdings, members, workers, {{"/", "s3a://lake"}}, max_bytes);
}

}  // namespace

TEST_CASE("what pods read locally is bounded by their shares and by what their node holds", "[warm_up]") {
  const Holdings holdings = Held({Known("/a", 1000, {{"n1", 300}, {"n2", 0, 50}, {"n9", 600}})});
  // n1: two of 100 of 300; n2: 50 of 100; n3: nothing of 100.
  CHECK(LocalShare(holdings, {{"n1", 2}, {"n2", 1}, {"n3", 1}}, 100) == Approx(250.0 / 400));
  CHECK(LocalShare(holdings, {{"n1", 1}}, 1000) == Approx(0.3));
  CHECK(LocalShare(holdings, {{"n3", 5}}, 100) == 0);
  CHECK(LocalShare(holdings, {{"n3", 5}}, 0) == 1);
  CHECK(LocalShare(holdings, {}, 100) == 1);
}

TEST_CASE("the bytes of several inputs add up on a node", "[warm_up]") {
  const Holdings holdings = Held({Known("/a", 100, {{"n1", 40}}), Known("/b", 100, {{"n1", 0, 30}})});
  CHECK(LocalShare(holdings, {{"n1", 1}}, 200) == Approx(0.35));
}

TEST_CASE("the workers of the pods' nodes load the input, in the order of their names", "[warm_up]") {
  const Holdings holdings = Held({Known("alluxio:///a", 100, {}), Known("s3a://lake/b/", 100, {})});
  const WarmUpPlan plan = Plan(holdings, {{"n3", 1}, {"n1", 4}}, {At("n3"), At("n2"), At("n1")});
  REQUIRE(plan.outcome == WarmUpOutcome::kLoading);
  CHECK(plan.job.group == "g");
  CHECK(plan.job.paths == std::vector<std::string>{"/a", "/b"});
  CHECK(plan.job.workers == std::vector<LoadTarget>{{"n1", "host-of-n1:8920"}, {"n3", "host-of-n3:8920"}});
  CHECK(plan.bytes == 200);
}

TEST_CASE("one worker of a node takes part, and nodes without one are left out", "[warm_up]") {
  const Holdings holdings = Held({Known("/a", 100, {})});
  const WarmUpPlan plan = Plan(holdings, {{"n1", 1}, {"n2", 1}}, {At("n1", kMuch, ":2"), At("n1", kMuch, ":1")});
  REQUIRE(plan.outcome == WarmUpOutcome::kLoading);
  CHECK(plan.job.workers == std::vector<LoadTarget>{{"n1", "host-of-n1:1"}});
  CHECK(Plan(holdings, {{"n2", 1}}, {At("n1")}).outcome == WarmUpOutcome::kNoWorker);
}

TEST_CASE("inputs that the pods' nodes hold whole are not loaded again", "[warm_up]") {
  const Holdings holdings =
      Held({Known("/whole", 100, {{"n1", 60}, {"n2", 40}}), Known("/elsewhere", 100, {{"n9", 100}})});
  CHECK(Plan(holdings, {{"n1", 1}, {"n2", 1}}, {At("n1")}).job.paths == std::vector<std::string>{"/elsewhere"});
  CHECK(Plan(Held({Known("/whole", 100, {{"n1", 100}})}), {{"n1", 1}}, {At("n1")}).outcome == WarmUpOutcome::kLocal);
}

TEST_CASE("of globs only all files of a folder are loaded", "[warm_up]") {
  CHECK(Plan(Held({Known("/t/*", 100, {}), Known("/t", 100, {}), Known("/t/*.csv", 100, {})}), {{"n1", 1}}, {At("n1")})
            .job.paths == std::vector<std::string>{"/t"});
  for (const char* glob : {"/t/*.csv", "/t/day=*/x", "/t/*/*", "/*", "/t/[ab]", "/t/{a,b}"}) {
    INFO(glob);
    CHECK(Plan(Held({Known(glob, 100, {})}), {{"n1", 1}}, {At("n1")}).outcome == WarmUpOutcome::kGlob);
  }
}

TEST_CASE("an input that no mount covers cannot be loaded", "[warm_up]") {
  CHECK(Plan(Held({Known("s3a://other/x", 100, {})}), {{"n1", 1}}, {At("n1")}).outcome == WarmUpOutcome::kNoMount);
}

TEST_CASE("inputs that are larger than the bound or than the nodes' tiers are left alone", "[warm_up]") {
  const Holdings holdings = Held({Known("/a", 100, {}), Known("/b", 50, {})});
  const std::vector<Siblings> members = {{"n1", 1}, {"n2", 1}};
  CHECK(Plan(holdings, members, {At("n1"), At("n2")}, 150).outcome == WarmUpOutcome::kLoading);
  CHECK(Plan(holdings, members, {At("n1"), At("n2")}, 149).outcome == WarmUpOutcome::kTooLarge);
  CHECK(Plan(holdings, members, {At("n1", 80), At("n2", 70)}).outcome == WarmUpOutcome::kLoading);
  CHECK(Plan(holdings, members, {At("n1", 80), At("n2", 69)}).outcome == WarmUpOutcome::kTooLarge);
}
