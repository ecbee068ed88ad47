#include "extender/gate/refusal.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::extender;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Fixture {
  explicit Fixture(size_t max_refused = 100)
      : table(
            {{}, max_refused}, [this] { return can_wake; },
            [this](std::string_view uid) { return gone.count(std::string(uid)) == 0; }, clock, metrics),
        created(clock.WallNow()) {
    wait.policy = Policy::kWait;
    require.policy = Policy::kRequire;
  }
  Refusal Ask(std::string_view uid, const Wishes& wishes, std::string_view wake = "", std::string_view planned = "") {
    return table.MayRefuse({uid, created, &wishes, wake, planned});
  }

  FakeClock clock;
  Metrics metrics;
  bool can_wake = true;
  std::set<std::string> gone;
  RefusalTable table;
  WallTime created;
  Wishes wait, require, prefer;
};

}  // namespace

TEST_CASE("a pod with policy wait may be refused until its deadline, one with require for ever", "[gate]") {
  Fixture f;
  f.wait.max_wait = seconds(5);
  for (const Duration step : {seconds(0), seconds(3)}) {
    f.clock.Advance(step);
    CHECK(f.Ask("w", f.wait) == Refusal::kRefuse);
    CHECK(f.Ask("r", f.require) == Refusal::kRefuse);
  }
  CHECK(f.table.waiting() == 2);
  f.clock.Advance(milliseconds(1999));
  CHECK(f.Ask("w", f.wait) == Refusal::kRefuse);
  f.clock.Advance(milliseconds(1));
  CHECK(f.Ask("w", f.wait) == Refusal::kOver);
  f.clock.Advance(hours(5));
  CHECK(f.Ask("r", f.require) == Refusal::kRefuse);
}

TEST_CASE("a table that was restarted in mid-wait has the same deadline", "[gate]") {
  Fixture f;
  CHECK(f.Ask("w", f.wait) == Refusal::kRefuse);
  f.clock.Advance(milliseconds(29'999));
  RefusalTable next(
      {{}, 100}, [] { return true; }, [](std::string_view) { return true; }, f.clock, f.metrics);
  CHECK(next.MayRefuse({"w", f.created, &f.wait, "", ""}) == Refusal::kRefuse);
  f.clock.Advance(milliseconds(1));
  CHECK(next.MayRefuse({"w", f.created, &f.wait, "", ""}) == Refusal::kOver);
}

TEST_CASE("the leader's word that the wait is over counts more than our clock", "[gate]") {
  Fixture f;
  CHECK(f.Ask("w", f.wait) == Refusal::kRefuse);
  CHECK(f.Ask("w", f.wait, "room-17") == Refusal::kRefuse);
  CHECK(f.Ask("w", f.wait, DeadlineWord(f.created, seconds(30))) == Refusal::kOver);
  CHECK(f.table.waiting() == 0);
  // It says nothing to a pod that has no deadline.
  CHECK(f.Ask("r", f.require, DeadlineWord(f.created, seconds(30))) == Refusal::kRefuse);
}

TEST_CASE("a pod that prefers, or was let through the gate for a planned node, is not refused", "[gate]") {
  Fixture f;
  CHECK(f.Ask("p", f.prefer) == Refusal::kNoWish);
  CHECK(f.Ask("w", f.wait, "", "n1") == Refusal::kNoWish);
  CHECK(f.Ask("r", f.require, "", "n1") == Refusal::kRefuse);
}

TEST_CASE("nobody is refused whom nobody would wake", "[gate]") {
  Fixture f;
  CHECK(f.Ask("w", f.wait) == Refusal::kRefuse);
  f.can_wake = false;
  CHECK(f.Ask("w", f.wait) == Refusal::kNobodyWakes);
  CHECK(f.Ask("r", f.require) == Refusal::kNobodyWakes);
  CHECK(f.table.waiting() == 0);
  CHECK(f.metrics.Render().find("locus_extender_refusals_total{answer=\"nobody_wakes\"} 2\n") != std::string::npos);
}

TEST_CASE("beyond max_refused others pass, and those who wait go on waiting", "[gate]") {
  Fixture f(2);
  CHECK(f.Ask("a", f.wait) == Refusal::kRefuse);
  CHECK(f.Ask("b", f.wait) == Refusal::kRefuse);
  CHECK(f.Ask("c", f.wait) == Refusal::kTooMany);
  CHECK(f.Ask("a", f.wait) == Refusal::kRefuse);
  f.table.Passed("a");
  f.table.Passed("never-heard-of");
  CHECK(f.Ask("c", f.wait) == Refusal::kRefuse);
  CHECK(f.table.waiting() == 2);
}

TEST_CASE("pods that never come back are forgotten: at the deadline, or ten minutes after the last refusal", "[gate]") {
  Fixture f(2);
  CHECK(f.Ask("w", f.wait) == Refusal::kRefuse);
  CHECK(f.Ask("r", f.require) == Refusal::kRefuse);
  f.clock.Advance(seconds(30));
  CHECK(f.table.waiting() == 1);
  f.created = f.clock.WallNow();
  CHECK(f.Ask("x", f.wait) == Refusal::kRefuse);
  f.clock.Advance(minutes(9));
  CHECK(f.table.waiting() == 1);
  f.clock.Advance(minutes(1));
  CHECK(f.table.waiting() == 0);
  f.table.UpdateGauges();
  CHECK(f.metrics.Render().find("locus_extender_refused 0\n") != std::string::npos);
}

TEST_CASE("with max_refused 0 nobody waits by refusal", "[gate]") {
  Fixture f(0);
  CHECK(f.Ask("w", f.wait) == Refusal::kTooMany);
}

TEST_CASE("a pod that was deleted or bound takes no one's place, once the watch has had time to tell of it", "[gate]") {
  Fixture f(2);
  CHECK(f.Ask("a", f.wait) == Refusal::kRefuse);
  CHECK(f.Ask("b", f.require) == Refusal::kRefuse);
  f.clock.Advance(seconds(2));
  CHECK(f.Ask("c", f.wait) == Refusal::kTooMany);
  f.gone = {"a", "b", "c"};
  CHECK(f.table.waiting() == 0);
  f.clock.Advance(milliseconds(200));
  CHECK(f.Ask("c", f.wait) == Refusal::kRefuse);
  // New to the scheduler's watch, not yet in ours.
  CHECK(f.table.waiting() == 1);
  f.clock.Advance(milliseconds(999));
  CHECK(f.table.waiting() == 1);
  f.clock.Advance(milliseconds(1));
  CHECK(f.table.waiting() == 0);
}
