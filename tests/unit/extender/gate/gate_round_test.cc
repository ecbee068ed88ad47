#include "extender/gate/gate_round.h"

#include <catch2/catch.hpp>
#include <functional>

#include "common/status.h"
#include "tests/unit/extender/gate/gate_fakes.h"

using namespace locus;
using namespace locus::extender;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = GateAction::Kind;

namespace {

const WallTime kWall = WallTime(hours(500'000));
SteadyTime At(Duration d) { return SteadyTime(hours(5) + d); }

// Rounds over pods that were created at t = 0, with one plan for all groups.
struct Fixture {
  using Write = std::function<absl::Status(const GateAction&)>;

  explicit Fixture(GateLimits limits = {}) : round(limits) {}

  // All actions of one round at `t`, each written with the status that `write` gives.
  std::vector<GateAction> Do(Duration t, const GroupPlan& plan, const Write& write = Written) {
    std::vector<GateAction> all;
    const auto take = [&](const std::vector<GateAction>& actions) {
      for (const GateAction& action : actions) {
        all.push_back(action);
        if (action.kind != Kind::kTellWaiting) round.Done(action, write(action), At(t));
      }
    };
    round.Begin(pods, At(t), kWall + std::chrono::duration_cast<WallTime::duration>(t));
    take(round.Due(At(t)));
    asked.clear();
    while (const auto ask = round.NextGroup()) {
      asked.push_back(ask->group);
      take(round.Planned(*ask, plan, At(t)));
    }
    return all;
  }
  static absl::Status Written(const GateAction&) { return absl::OkStatus(); }

  GateRound round;
  std::vector<PendingPod> pods;
  std::vector<GroupKey> asked;
};

const GroupPlan kNoRoom{PlanStatus::kPlanned, {}};
const GroupPlan kRoom{PlanStatus::kPlanned, {{"n1"}}};
const GroupPlan kNothing{PlanStatus::kNothingToWaitFor, {}};
const GroupPlan kUnknown{PlanStatus::kUnknown, {}};

std::vector<OpenReason> Opened(const std::vector<GateAction>& actions) {
  std::vector<OpenReason> reasons;
  for (const GateAction& action : actions) {
    if (action.kind == Kind::kOpen) reasons.push_back(action.opened);
  }
  return reasons;
}

std::vector<WakeReason> Woken(const std::vector<GateAction>& actions) {
  std::vector<WakeReason> reasons;
  for (const GateAction& action : actions) {
    if (action.kind == Kind::kWake) reasons.push_back(action.woken);
  }
  return reasons;
}

using Opens = std::vector<OpenReason>;
using Wakes = std::vector<WakeReason>;

}  // namespace

TEST_CASE("a pod with policy wait stays gated without room, and opens with the planned node", "[gate]") {
  Fixture f;
  f.pods = {PodOf("p", "g", kWall, "wait")};
  const auto first = f.Do(seconds(1), kNoRoom);
  REQUIRE(first.size() == 1);
  CHECK(first[0].kind == Kind::kTellWaiting);
  CHECK(first[0].bound == seconds(30));
  // It is told once.
  CHECK(f.Do(seconds(2), kNoRoom).empty());
  const auto actions = f.Do(seconds(3), kRoom);
  REQUIRE(Opened(actions) == Opens{OpenReason::kPlanned});
  CHECK(actions[0].node == "n1");
  CHECK(actions[0].waited == seconds(3));
  CHECK(actions[0].wake.empty());
  // The watch need not have shown it yet.
  CHECK(f.Do(seconds(4), kRoom).empty());
  CHECK(f.asked.empty());
}

TEST_CASE("at its deadline a pod opens without a node, and carries the word that ends refusals", "[gate]") {
  Fixture f;
  f.pods = {With(PodOf("p", "g", kWall, "wait"), Annotation::kMaxWait, "5s")};
  CHECK(Opened(f.Do(milliseconds(4999), kNoRoom)).empty());
  CHECK(f.round.NextDue() == At(seconds(5)));
  const auto actions = f.Do(seconds(5), kNoRoom);
  REQUIRE(Opened(actions) == Opens{OpenReason::kDeadline});
  CHECK(actions[0].node.empty());
  CHECK(actions[0].wake == DeadlineWord(kWall, seconds(5)));
  CHECK_FALSE(f.round.NextDue());
}

TEST_CASE("nothing to wait for opens at once, but for require with when-uncached: pend", "[gate]") {
  Fixture f;
  f.pods = {PodOf("wait", "g", kWall, "wait"), PodOf("require", "g", kWall, "require"),
            PodOf("prefer", "g", kWall, "prefer"),
            With(PodOf("pend", "g", kWall, "require"), Annotation::kWhenUncached, "pend")};
  const auto actions = f.Do(milliseconds(10), kNothing);
  REQUIRE(actions.size() == 4);
  CHECK(Opened(actions) == Opens(3, OpenReason::kNothingToWaitFor));
  CHECK(actions[3].kind == Kind::kTellWaiting);
  CHECK(actions[3].name == "pend");
  CHECK(actions[3].bound == Duration::zero());
  f.pods = {f.pods[3]};
  CHECK(f.Do(hours(10), kNothing).empty());
}

TEST_CASE("unknown inputs are waited for until unknown_wait, and never beyond the deadline", "[gate]") {
  Fixture f;
  f.pods = {PodOf("wait", "g", kWall, "wait"), PodOf("require", "g", kWall, "require"),
            PodOf("prefer", "g", kWall, "prefer"),
            With(PodOf("short", "g", kWall, "wait"), Annotation::kMaxWait, "1s")};
  CHECK(f.Do(seconds(0), kUnknown).empty());
  CHECK(f.round.NextDue() == At(seconds(1)));
  const auto short_one = f.Do(seconds(1), kUnknown);
  REQUIRE(Opened(short_one) == Opens{OpenReason::kDeadline});
  CHECK(short_one[0].name == "short");
  CHECK(f.round.NextDue() == At(seconds(2)));
  CHECK(Opened(f.Do(seconds(2), kUnknown)) == Opens(3, OpenReason::kUnknown));
}

TEST_CASE("a leader that has just begun and knows nothing yet does not cut short what has waited for long", "[gate]") {
  Fixture f;
  f.pods = {PodOf("wait", "g", kWall, "wait"), PodOf("require", "g", kWall, "require")};
  CHECK(f.Do(seconds(20), kUnknown).empty());
  CHECK(Opened(f.Do(milliseconds(20'300), kNoRoom)).empty());
  // Neither does a moment without metadata; but longer than unknown_wait nobody waits for it.
  CHECK(f.Do(seconds(22), kUnknown).empty());
  CHECK(f.Do(milliseconds(23'999), kUnknown).empty());
  CHECK(Opened(f.Do(seconds(24), kUnknown)) == Opens(2, OpenReason::kUnknown));
}

TEST_CASE("not knowing prolongs no wait beyond its deadline", "[gate]") {
  Fixture f;
  f.pods = {PodOf("wait", "g", kWall, "wait")};
  CHECK(f.Do(milliseconds(29'500), kUnknown).empty());
  CHECK(f.round.NextDue() == At(seconds(30)));
  CHECK(Opened(f.Do(seconds(30), kUnknown)) == Opens{OpenReason::kDeadline});
}

TEST_CASE("a pod with policy prefer opens as soon as its group is planned", "[gate]") {
  Fixture f;
  f.pods = {PodOf("a", "g", kWall, "prefer"), PodOf("b", "g", kWall, "prefer")};
  const auto actions = f.Do(milliseconds(10), kRoom);
  CHECK(Opened(actions) == Opens{OpenReason::kPlanned, OpenReason::kPrefer});
  CHECK(actions[0].node == "n1");
}

TEST_CASE("a pod with policy require waits for a holder beyond any bound", "[gate]") {
  Fixture f;
  f.pods = {With(PodOf("p", "g", kWall, "require"), Annotation::kMaxWait, "1s")};
  CHECK(Opened(f.Do(hours(2), kNoRoom)).empty());
  CHECK_FALSE(f.round.NextDue());
  CHECK(Opened(f.Do(hours(3), kRoom)) == Opens{OpenReason::kPlanned});
}

TEST_CASE("a gated pod without inputs opens at once, without being planned", "[gate]") {
  Fixture f;
  PendingPod none = PodOf("none", "g", kWall, "require");
  none.annotations[static_cast<size_t>(Annotation::kInputs)].reset();
  f.pods = {none, With(PodOf("bad", "g", kWall, "wait"), Annotation::kInputs, ",,")};
  CHECK(Opened(f.Do(seconds(0), kNoRoom)) == Opens(2, OpenReason::kNothingToWaitFor));
  CHECK(f.asked.empty());
}

TEST_CASE("other gates do not matter: ours is opened", "[gate]") {
  Fixture f;
  f.pods = {PodOf("p", "g", kWall, "wait")};
  f.pods[0].other_gates = true;
  CHECK(Opened(f.Do(seconds(1), kRoom)) == Opens{OpenReason::kPlanned});
}

TEST_CASE("a creation time in the future is counted from the first look on", "[gate]") {
  Fixture f;
  f.pods = {With(PodOf("p", "g", kWall + minutes(10), "wait"), Annotation::kMaxWait, "5s")};
  CHECK(Opened(f.Do(seconds(1), kNoRoom)).empty());
  CHECK(Opened(f.Do(milliseconds(5999), kNoRoom)).empty());
  CHECK(Opened(f.Do(seconds(6), kNoRoom)) == Opens{OpenReason::kDeadline});
}

TEST_CASE("a refused pod is woken once at its deadline, also by a new leader", "[gate]") {
  Fixture f;
  f.pods = {Ungated(With(PodOf("p", "g", kWall, "wait"), Annotation::kMaxWait, "5s"))};
  CHECK(f.Do(milliseconds(4999), kNoRoom).empty());
  CHECK(f.round.waiting() == 1);
  const auto actions = f.Do(seconds(5), kNoRoom);
  REQUIRE(Woken(actions) == Wakes{WakeReason::kDeadline});
  CHECK(actions[0].wake == DeadlineWord(kWall, seconds(5)));
  CHECK(f.Do(seconds(6), kNoRoom).empty());

  Fixture next;
  next.pods = f.pods;
  CHECK(Woken(next.Do(seconds(7), kNoRoom)) == Wakes{WakeReason::kDeadline});
  Fixture told;
  told.pods = f.pods;
  told.pods[0].wake = actions[0].wake;
  CHECK(told.Do(seconds(7), kNoRoom).empty());
  CHECK(told.round.waiting() == 0);
}

TEST_CASE("a refused pod is woken when a good node has room that had none before", "[gate]") {
  Fixture f;
  f.pods = {Ungated(PodOf("p", "g", kWall, "wait"))};
  CHECK(f.Do(milliseconds(500), kNoRoom).empty());
  const auto actions = f.Do(milliseconds(700), kRoom);
  REQUIRE(Woken(actions) == Wakes{WakeReason::kRoom});
  CHECK(actions[0].wake.starts_with("room-"));
  CHECK_FALSE(IsDeadlineWord(actions[0].wake));
  // Room that comes and goes wakes once a second at most.
  size_t woken = 0;
  for (int i = 1; i <= 100; ++i) {
    woken += Woken(f.Do(milliseconds(700 + 100 * i), i % 2 == 0 ? kRoom : kNoRoom)).size();
  }
  CHECK(woken <= 10);
  CHECK(woken >= 9);
}

TEST_CASE("room that a woken pod does not take wakes it ever less often", "[gate]") {
  Fixture f;
  f.pods = {Ungated(PodOf("p", "g", kWall, "require"))};
  CHECK(f.Do(seconds(0), kNoRoom).empty());
  std::vector<int> times;
  for (int t = 1; t <= 300; ++t) {
    if (!Woken(f.Do(seconds(t), kRoom)).empty()) times.push_back(t);
  }
  CHECK(times == std::vector<int>{1, 3, 7, 15, 31, 63, 127, 191, 255});
}

TEST_CASE("a fresh pod is left to the scheduler for two seconds", "[gate]") {
  Fixture f;
  f.pods = {Ungated(PodOf("p", "g", kWall, "wait"))};
  CHECK(f.Do(milliseconds(100), kRoom).empty());
  CHECK(f.Do(milliseconds(1900), kRoom).empty());
  CHECK(Woken(f.Do(seconds(2), kRoom)) == Wakes{WakeReason::kRoom});
}

TEST_CASE("a refused pod is woken when it would pass now, since nothing is cached or nobody knows", "[gate]") {
  Fixture f;
  f.pods = {Ungated(PodOf("p", "g", kWall, "require")),
            Ungated(With(PodOf("pend", "g", kWall, "require"), Annotation::kWhenUncached, "pend"))};
  CHECK(f.Do(seconds(1), kNoRoom).empty());
  const auto nothing = f.Do(seconds(3), kNothing);
  REQUIRE(Woken(nothing) == Wakes{WakeReason::kNothingToWaitFor});
  CHECK(nothing[0].name == "p");
  CHECK(f.Do(seconds(4), kNoRoom).empty());
  CHECK(f.Do(seconds(5), kUnknown).empty());
  CHECK(Woken(f.Do(seconds(7), kUnknown)) == Wakes(2, WakeReason::kUnknown));
}

TEST_CASE("pods that no filter refuses are not woken: prefer, planned, without wait or inputs", "[gate]") {
  Fixture f;
  PendingPod planned = Ungated(PodOf("planned", "g", kWall, "wait"));
  planned.planned_node = "n1";
  PendingPod none = Ungated(PodOf("none", "g", kWall, "wait"));
  none.annotations[static_cast<size_t>(Annotation::kInputs)].reset();
  f.pods = {Ungated(PodOf("prefer", "g", kWall, "prefer")), planned, none,
            Ungated(With(PodOf("zero", "g", kWall, "wait"), Annotation::kMaxWait, "0s"))};
  CHECK(f.Do(minutes(10), kRoom).empty());
  CHECK(f.asked.empty());
  CHECK(f.round.waiting() == 0);
}

TEST_CASE("a required pod that found its planned node taken is woken like others after a while", "[gate]") {
  Fixture f;
  f.pods = {Ungated(PodOf("p", "g", kWall, "require"))};
  f.pods[0].planned_node = "n1";
  CHECK(f.Do(seconds(1), kRoom).empty());
  CHECK(f.Do(seconds(10), kRoom).empty());
  CHECK(Woken(f.Do(seconds(11), kRoom)) == Wakes{WakeReason::kRoom});
}

TEST_CASE("a round plans for at most max_planned pods, and each group has its turn", "[gate]") {
  GateLimits limits;
  limits.max_planned = 3;
  Fixture f(limits);
  for (const char* name : {"a1", "a2"}) f.pods.push_back(PodOf(name, "a", kWall, "wait"));
  for (const char* name : {"b1", "b2"}) f.pods.push_back(PodOf(name, "b", kWall, "wait"));
  // Larger than a round.
  for (const char* name : {"c1", "c2", "c3", "c4"}) f.pods.push_back(PodOf(name, "c", kWall, "wait"));
  std::vector<std::vector<GroupKey>> rounds;
  for (int i = 0; i < 4; ++i) {
    f.Do(seconds(1 + i), kNoRoom);
    rounds.push_back(f.asked);
  }
  CHECK(rounds == std::vector<std::vector<GroupKey>>{{"a"}, {"b"}, {"c"}, {"a"}});
  // The clock opens all of them.
  CHECK(Opened(f.Do(seconds(30), kNoRoom)).size() == 8);
}

TEST_CASE("a pod that cannot be written is tried again ever later, alone", "[gate]") {
  Fixture f;
  f.pods = {PodOf("bad", "g", kWall, "prefer"), PodOf("good", "h", kWall, "wait")};
  std::vector<int> tried;
  for (int t = 0; t < 20'000; t += 100) {
    f.Do(milliseconds(t), kNothing, [&](const GateAction& action) {
      if (action.name == "good") return absl::OkStatus();
      tried.push_back(t);
      return InvalidArgument("refused");
    });
  }
  CHECK(tried == std::vector<int>{0, 500, 1500, 3500, 7500, 15500});
}

TEST_CASE("while the server is in trouble a pod is tried again soon", "[gate]") {
  Fixture f;
  f.pods = {PodOf("p", "g", kWall, "prefer")};
  std::vector<int> tried;
  for (int t = 0; t <= 1000; t += 50) {
    f.Do(milliseconds(t), kNothing, [&](const GateAction&) {
      tried.push_back(t);
      return Unavailable("connection refused");
    });
  }
  CHECK(tried == std::vector<int>{0, 250, 500, 750, 1000});
}

TEST_CASE("an annotation that changes in mid-wait counts from then on", "[gate]") {
  Fixture f;
  f.pods = {PodOf("p", "g", kWall, "wait")};
  CHECK(Opened(f.Do(seconds(10), kNoRoom)).empty());
  f.pods = {With(PodOf("p", "g", kWall, "wait"), Annotation::kMaxWait, "8s")};
  CHECK(Opened(f.Do(milliseconds(10'100), kNoRoom)) == Opens{OpenReason::kDeadline});
}
