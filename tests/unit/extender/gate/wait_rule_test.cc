#include "extender/gate/wait_rule.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::extender;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const SteadyTime kNow = SteadyTime(hours(5));
const WallTime kWall = WallTime(hours(500'000));

Wishes WishesOf(Policy policy, std::optional<Duration> max_wait = std::nullopt) {
  Wishes wishes;
  wishes.policy = policy;
  wishes.max_wait = max_wait;
  return wishes;
}

}  // namespace

TEST_CASE("a wait is what the pod asks for, the default without, and never beyond the server's bound", "[gate]") {
  const WaitLimits limits{seconds(30), minutes(5), seconds(2)};
  CHECK(WaitOf(WishesOf(Policy::kWait), limits) == seconds(30));
  CHECK(WaitOf(WishesOf(Policy::kWait, seconds(7)), limits) == seconds(7));
  CHECK(WaitOf(WishesOf(Policy::kWait, seconds(0)), limits) == seconds(0));
  CHECK(WaitOf(WishesOf(Policy::kWait, minutes(5)), limits) == minutes(5));
  CHECK(WaitOf(WishesOf(Policy::kWait, hours(1)), limits) == minutes(5));
  CHECK(WaitOf(WishesOf(Policy::kWait), {seconds(30), seconds(10), seconds(2)}) == seconds(10));
}

TEST_CASE("a wait began when the pod was created, however late it is seen", "[gate]") {
  CHECK(SinceCreation(kWall - seconds(12), kNow, kWall) == kNow - seconds(12));
  CHECK(SinceCreation(kWall - milliseconds(300), kNow + seconds(1), kWall) == kNow + milliseconds(700));
}

TEST_CASE("a creation in the future counts as now, and one long ago does not overflow", "[gate]") {
  CHECK(SinceCreation(kWall, kNow, kWall) == kNow);
  CHECK(SinceCreation(kWall + hours(3), kNow, kWall) == kNow);
  CHECK(SinceCreation(WallTime::max(), kNow, kWall) == kNow);
  CHECK(SinceCreation(WallTime(), kNow, kWall) == kNow - hours(24 * 365));
  CHECK(SinceCreation(WallTime::min(), kNow, kWall) == kNow - hours(24 * 365));
}

TEST_CASE("each policy has its own bounds", "[gate]") {
  const WaitLimits limits{seconds(30), minutes(5), seconds(2)};
  const WaitTimes prefer = TimesOf(WishesOf(Policy::kPrefer, seconds(20)), kNow, limits);
  CHECK(prefer.deadline == kNow + seconds(2));
  CHECK(prefer.unknown_until == kNow + seconds(2));
  const WaitTimes wait = TimesOf(WishesOf(Policy::kWait, seconds(20)), kNow, limits);
  CHECK(wait.deadline == kNow + seconds(20));
  CHECK(wait.unknown_until == kNow + seconds(2));
  // Not knowing is no reason to wait for longer than was asked.
  CHECK(TimesOf(WishesOf(Policy::kWait, seconds(1)), kNow, limits).unknown_until == kNow + seconds(1));
  const WaitTimes require = TimesOf(WishesOf(Policy::kRequire, seconds(20)), kNow, limits);
  CHECK_FALSE(require.deadline);
  CHECK(require.unknown_until == kNow + seconds(2));
}

TEST_CASE("the word for the end of a wait follows from pod and wait alone", "[gate]") {
  const WallTime created = WallTime(seconds(1'767'225'600));
  CHECK(DeadlineWord(created, seconds(30)) == "deadline-1767225630000");
  CHECK(DeadlineWord(created, milliseconds(1500)) == "deadline-1767225601500");
  CHECK(IsDeadlineWord("deadline-1767225630000"));
  CHECK_FALSE(IsDeadlineWord("room-1767225630000"));
  CHECK_FALSE(IsDeadlineWord(""));
}
