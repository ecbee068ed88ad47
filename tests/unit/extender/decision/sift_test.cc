#include "extender/decision/sift.h"

#include <catch2/catch.hpp>

#include "tests/unit/extender/pictures.h"
#include "tests/unit/extender/questions.h"

using namespace locus::extender;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;
using Names = std::vector<std::string_view>;

Wishes Of(Policy policy, WhenUncached uncached = WhenUncached::kPass) {
  Wishes wishes;
  wishes.policy = policy;
  wishes.when_uncached = uncached;
  return wishes;
}

// a holds all, b half, c a tenth, d nothing.
LocalityAnswer Uneven(std::vector<std::pair<std::string, double>> loads = {}) {
  return Answer({Known("/x", 10 * kGiB, {{"a", 10 * kGiB}, {"b", 5 * kGiB}, {"c", kGiB}})}, std::move(loads));
}

std::string Passing(const LocalityAnswer& answer, const Wishes& wishes, const Names& offered, bool planned = false) {
  const Sieve sieve = Sift(DecideFor(answer, offered), wishes, planned, offered.size(), {});
  if (sieve.passes == Sieve::Passes::kAll) return sieve.uncached ? "all, uncached" : "all";
  if (sieve.passes == Sieve::Passes::kNone) return "none";
  std::string names;
  for (size_t i = 0; i < offered.size(); ++i) names += sieve.pass[i] ? offered[i] : "";
  return names;
}

}  // namespace

TEST_CASE("prefer refuses nothing", "[sift]") { CHECK(Passing(Uneven(), Of(Policy::kPrefer), {"c", "d"}) == "all"); }

TEST_CASE("wait passes the nodes that are good enough, or none", "[sift]") {
  CHECK(Passing(Uneven(), Of(Policy::kWait), {"a", "b", "c", "d"}) == "ab");
  CHECK(Passing(Uneven(), Of(Policy::kWait), {"b", "c", "d"}) == "b");
  CHECK(Passing(Uneven(), Of(Policy::kWait), {"c", "d"}) == "none");
  CHECK(Passing(Uneven(), Of(Policy::kWait), {"c"}) == "none");
  CHECK(Passing(Uneven(), Of(Policy::kWait), {"a"}) == "a");
}

TEST_CASE("a holder that is busy is not waited for when a free one is as good", "[sift]") {
  CHECK(Passing(Uneven({{"a", 0.9}, {"b", 0}, {"c", 0}}), Of(Policy::kWait), {"c", "d"}) == "none");
  CHECK(Passing(Uneven({{"a", 0.9}, {"b", 0.9}, {"c", 0}}), Of(Policy::kWait), {"c", "d"}) == "c");
}

TEST_CASE("nobody waits for what saves nothing", "[sift]") {
  CHECK(Passing(Answer({Known("/x", kGiB, {})}), Of(Policy::kWait), {"a", "b"}) == "all, uncached");
  CHECK(Passing(Answer({Known("/x", 1000, {{"z", 1000}})}), Of(Policy::kWait), {"a", "b"}) == "all");
  CHECK(Passing(Answer({In(InputState::kUnknown, "/gone")}), Of(Policy::kWait), {"a", "b"}) == "all, uncached");
}

TEST_CASE("a pod that the gate has planned waits no more", "[sift]") {
  CHECK(Passing(Uneven(), Of(Policy::kWait), {"c", "d"}, true) == "all");
  CHECK(Passing(Uneven(), Of(Policy::kRequire), {"c", "d"}, true) == "c");
}

TEST_CASE("require passes holders only", "[sift]") {
  CHECK(Passing(Uneven(), Of(Policy::kRequire), {"c", "d"}) == "c");
  CHECK(Passing(Uneven(), Of(Policy::kRequire), {"d", "e"}) == "none");
}

TEST_CASE("require passes all when nothing is cached, unless the pod would rather pend", "[sift]") {
  const LocalityAnswer cold = Answer({Known("/x", kGiB, {})});
  CHECK(Passing(cold, Of(Policy::kRequire), {"a", "b"}) == "all, uncached");
  CHECK(Passing(cold, Of(Policy::kRequire, WhenUncached::kPend), {"a", "b"}) == "none");
}

TEST_CASE("no policy refuses a node while locality is not known", "[sift]") {
  LocalityAnswer away = Uneven();
  away.news = {};
  const LocalityAnswer pending = Answer({In(InputState::kPending, "/x")});
  for (const Policy policy : {Policy::kWait, Policy::kRequire}) {
    CHECK(Passing(away, Of(policy), {"c", "d"}) == "all");
    CHECK(Passing(pending, Of(policy, WhenUncached::kPend), {"c", "d"}) == "all");
  }
}
