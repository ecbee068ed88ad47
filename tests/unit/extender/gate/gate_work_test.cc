#include "extender/gate/gate_work.h"

#include <catch2/catch.hpp>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "kube/election_state.h"
#include "tests/unit/extender/gate/gate_fakes.h"

using namespace locus;
using namespace locus::extender;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// One extender: its leadership, its gate, its writer.
struct Extender {
  Extender(FakeCluster& cluster, FakePlanner& planner, const std::shared_ptr<kube::FakeServer>& server,
           const Clock& clock, GateLimits limits = {})
      : writer(server),
        gate_metrics(metrics),
        work({cluster, planner, writer, [this] { return leads && (!election || election->Leading(now())); },
              [this](const GateAction& action) { told.push_back(action.name); }, clock, gate_metrics},
             limits, 1),
        now([&clock] { return clock.Now(); }) {}

  bool leads = true;
  kube::ElectionState* election = nullptr;
  kube::FakeWriter writer;
  Metrics metrics;
  GateMetrics gate_metrics;
  std::vector<std::string> told;
  GateWork work;
  std::function<SteadyTime()> now;
};

// A cluster, its API server, and a clock that moves in steps.
struct World {
  World() {
    server->OnPatch([this](const kube::FakePatch& patch) {
      cluster.Apply(patch);
      written.emplace_back(clock.Now(), patch.name);
    });
  }
  // Rounds at their own pace for `time`.
  void Run(Extender& extender, Duration time) {
    const SteadyTime end = clock.Now() + time;
    while (clock.Now() < end) {
      const Duration rest = extender.work.Round();
      REQUIRE(rest > Duration::zero());
      REQUIRE(rest <= GateWork::kPoll);
      clock.Advance(std::min<Duration>(rest, end - clock.Now()));
    }
    extender.work.Round();
  }
  void Fail(const absl::Status& status) {
    server->FailWith([status](const std::string&, const std::string&) { return status; });
  }
  size_t writes_of(const std::string& name) const {
    size_t count = 0;
    for (const auto& [time, pod] : written) count += pod == name;
    return count;
  }

  FakeClock clock;
  FakeCluster cluster;
  FakePlanner planner;
  std::shared_ptr<kube::FakeServer> server = std::make_shared<kube::FakeServer>();
  std::vector<std::pair<SteadyTime, std::string>> written;
};

bool Has(const Metrics& metrics, const std::string& line) {
  return metrics.Render().find(line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a planned pod is opened with its node, and counts as there at once", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  w.planner.SayNode("n1");
  w.cluster.Put(PodOf("p", "g", CreatedAt(w.clock.WallNow()), "wait"));
  w.Run(e, milliseconds(300));
  CHECK_FALSE(w.cluster.Get("p").gated);
  CHECK(w.cluster.Get("p").planned_node == "n1");
  REQUIRE(w.cluster.assumed().size() == 1);
  CHECK(w.cluster.assumed()[0].uid == "p");
  CHECK(w.cluster.assumed()[0].group == "g");
  CHECK(w.cluster.assumed()[0].node == "n1");
  CHECK(w.writes_of("p") == 1);
  CHECK(Has(e.metrics, R"(locus_extender_gate_opened_total{reason="planned"} 1)"));
  CHECK(Has(e.metrics, "locus_extender_gate_waited_seconds_count 1"));
  CHECK(Has(e.metrics, "locus_extender_gate_leader 1"));
}

TEST_CASE("the next group is planned only after the one before was written and assumed", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  const WallTime created = CreatedAt(w.clock.WallNow());
  w.cluster.Put(PodOf("a", "one", created, "wait"));
  w.cluster.Put(PodOf("b", "two", created, "wait"));
  // One place for all groups: whoever is assumed has it.
  w.planner.Say([&](const GroupKey&, const std::vector<Waiter>&) {
    GroupPlan plan{PlanStatus::kPlanned, {}};
    if (w.cluster.assumed().empty()) plan.nodes = {"n1"};
    return plan;
  });
  w.Run(e, seconds(1));
  CHECK(w.cluster.assumed().size() == 1);
  CHECK(w.cluster.Get("a").gated != w.cluster.Get("b").gated);
  CHECK(e.told == std::vector<std::string>{"b"});
  CHECK(Has(e.metrics, "locus_extender_gate_gated 1"));
}

TEST_CASE("one that does not lead, or knows no pods yet, writes nothing", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  w.planner.SayNode("n1");
  w.cluster.Put(PodOf("p", "g", CreatedAt(w.clock.WallNow()), "wait"));
  e.leads = false;
  w.Run(e, seconds(40));
  CHECK(w.written.empty());
  CHECK(w.planner.TakeAsked().empty());
  CHECK(Has(e.metrics, "locus_extender_gate_leader 0"));
  e.leads = true;
  w.cluster.SetSynced(false);
  w.Run(e, seconds(1));
  CHECK(w.written.empty());
  w.cluster.SetSynced(true);
  w.Run(e, milliseconds(1));
  CHECK(w.writes_of("p") == 1);
}

TEST_CASE("leadership that ends in the middle of a round ends its writes", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  w.planner.SayNode("n1");
  for (int i = 0; i < 10; ++i) w.cluster.Put(PodOf("p" + std::to_string(i), "g", w.clock.WallNow(), "wait"));
  w.server->OnPatch([&](const kube::FakePatch& patch) {
    w.cluster.Apply(patch);
    if (w.server->patches().size() == 3) e.leads = false;
  });
  w.Run(e, seconds(1));
  CHECK(w.server->patches().size() == 3);
}

TEST_CASE("while the watch lags, an opened pod is not written again", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  w.server->OnPatch([&](const kube::FakePatch& patch) { w.written.emplace_back(w.clock.Now(), patch.name); });
  w.planner.SayNode("n1");
  w.cluster.Put(PodOf("p", "g", CreatedAt(w.clock.WallNow()), "wait"));
  w.Run(e, seconds(20));
  CHECK(w.writes_of("p") == 1);
}

TEST_CASE("a pod that is gone does not hold up the others", "[gate]") {
  const absl::Status gone = GENERATE(absl::NotFoundError("no such pod"), absl::AbortedError("another uid"));
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  const WallTime created = CreatedAt(w.clock.WallNow());
  w.cluster.Put(PodOf("a-gone", "g", created, "wait"));
  w.cluster.Put(PodOf("b", "g", created, "wait"));
  w.server->FailWith(
      [&](const std::string&, const std::string& name) { return name == "a-gone" ? gone : absl::OkStatus(); });
  w.planner.SayNode("n1");
  w.Run(e, milliseconds(1));
  CHECK(w.writes_of("b") == 1);
  w.Run(e, seconds(10));
  // At 0, 0.5, 1.5, 3.5, 7.5 s, while the watch still shows it.
  CHECK(w.server->calls("patch") == 1 + 5);
  CHECK(Has(e.metrics, R"(locus_extender_gate_patch_failures_total{why="pod"} 5)"));
}

TEST_CASE("an API server that is gone for 30 s prolongs a wait by the outage alone", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  const WallTime created = CreatedAt(w.clock.WallNow());
  for (int i = 0; i < 50; ++i) {
    const std::string name = "p" + std::to_string(i);
    w.cluster.Put(With(PodOf(name, "g" + std::to_string(i % 7), created, "wait"), Annotation::kMaxWait, "10s"));
  }
  w.Run(e, seconds(5));
  w.Fail(Unavailable("connection refused"));
  w.Run(e, seconds(30));
  CHECK(w.written.empty());
  // Five attempts a second, not fifty pods as often.
  CHECK(w.server->calls("patch") < 30 * 10);
  w.server->FailWith(nullptr);
  const SteadyTime back = w.clock.Now();
  w.Run(e, seconds(5));
  REQUIRE(w.written.size() == 50);
  CHECK(w.written.back().first - back <= milliseconds(500));
}

TEST_CASE("a deadline is not missed for long plans of others", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  const WallTime created = CreatedAt(w.clock.WallNow());
  const SteadyTime start = w.clock.Now();
  w.cluster.Put(With(PodOf("due", "z", created, "wait"), Annotation::kMaxWait, "2s"));
  for (int i = 0; i < 200; ++i) w.cluster.Put(PodOf("p" + std::to_string(i), std::to_string(i), created, "prefer"));
  // Each plan takes 30 ms: a whole round is six seconds.
  w.planner.Say([&](const GroupKey&, const std::vector<Waiter>& pods) {
    w.clock.Advance(milliseconds(30));
    return GroupPlan{PlanStatus::kPlanned, std::vector<std::optional<std::string>>(pods.size())};
  });
  e.work.Round();
  for (const auto& [time, name] : w.written) {
    if (name == "due") CHECK(time - start <= seconds(2) + milliseconds(100));
  }
  CHECK(w.writes_of("due") == 1);
}

TEST_CASE("a server that fails for one pod alone does not keep the others from being opened in time", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  const WallTime created = CreatedAt(w.clock.WallNow());
  const SteadyTime start = w.clock.Now();
  w.cluster.Put(With(PodOf("a-poison", "g", created, "wait"), Annotation::kMaxWait, "1s"));
  for (int i = 0; i < 20; ++i) {
    w.cluster.Put(
        With(PodOf("p" + std::to_string(i), "g", created, "wait"), Annotation::kMaxWait, std::to_string(2 + i) + "s"));
  }
  w.server->FailWith([&](const std::string&, const std::string& name) {
    return name == "a-poison" ? Unavailable("webhook") : absl::OkStatus();
  });
  w.Run(e, seconds(25));
  REQUIRE(w.written.size() == 20);
  for (const auto& [time, name] : w.written) {
    const auto wait = seconds(2 + std::stoi(name.substr(1)));
    CHECK(time - start >= wait);
    CHECK(time - start <= wait + milliseconds(500));
  }
}

TEST_CASE("no pod waits beyond its bound, whatever is planned, and none is opened long before it for its deadline",
          "[gate]") {
  const uint64_t seed = GENERATE(range(1, 21));
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto draw = [&](int n) { return static_cast<int>(random() % static_cast<uint64_t>(n)); };
  World w;
  GateLimits limits;
  limits.max_planned = 5;
  auto extender = std::make_unique<Extender>(w.cluster, w.planner, w.server, w.clock, limits);
  w.planner.Say([&](const GroupKey&, const std::vector<Waiter>& pods) {
    GroupPlan plan{static_cast<PlanStatus>(draw(20) == 0 ? 1 + draw(2) : 0), {}};
    for (size_t i = 0; i < pods.size(); ++i) {
      plan.nodes.push_back(draw(50) == 0 ? std::optional<std::string>("n1") : std::nullopt);
    }
    if (draw(10) == 0) plan.nodes.clear();
    return plan;
  });
  struct Wait {
    SteadyTime created;
    Duration bound;
  };
  std::map<std::string, Wait> gated;
  int pods = 0;
  for (int step = 0; step < 1500; ++step) {
    if (draw(15) == 0 && pods < 60) {
      const std::string name = "p" + std::to_string(pods++);
      const bool prefer = draw(5) == 0;
      const Duration bound = prefer ? seconds(2) : seconds(draw(20));
      gated[name] = {w.clock.Now(), bound};
      w.cluster.Put(
          With(PodOf(name, "g" + std::to_string(draw(6)), CreatedAt(w.clock.WallNow()), prefer ? "prefer" : "wait"),
               Annotation::kMaxWait, std::to_string(bound / seconds(1)) + "s"));
    }
    // A restart, or another leader: nothing is remembered.
    if (draw(300) == 0) extender = std::make_unique<Extender>(w.cluster, w.planner, w.server, w.clock, limits);
    const Duration rest = extender->work.Round();
    REQUIRE(rest > Duration::zero());
    for (auto it = gated.begin(); it != gated.end();) {
      const PendingPod pod = w.cluster.Get(it->first);
      const Duration waited = w.clock.Now() - it->second.created;
      const Duration bound = it->second.bound;
      const bool late = waited > bound + milliseconds(300);
      const bool early = IsDeadlineWord(pod.wake) && waited <= bound - seconds(1) - milliseconds(1);
      if (late || early) FAIL(it->first << " has waited " << ToSeconds(waited) << " of " << ToSeconds(bound));
      // Half of them find a node; the others may be refused from now on.
      if (!pod.gated && draw(2) == 0) w.cluster.Remove(it->first);
      it = pod.gated ? std::next(it) : gated.erase(it);
    }
    w.clock.Advance(std::min<Duration>(rest, milliseconds(1 + draw(250))));
  }
  CHECK(pods == 60);
  CHECK(gated.empty());
}

TEST_CASE("a gatekeeper that is restarted opens at the same time as one that is not", "[gate]") {
  const int restart_after = GENERATE(0, 1, 7, 39);
  World w;
  auto extender = std::make_unique<Extender>(w.cluster, w.planner, w.server, w.clock);
  w.clock.Advance(milliseconds(700));
  const SteadyTime start = w.clock.Now();
  w.cluster.Put(With(PodOf("p", "g", CreatedAt(w.clock.WallNow()), "wait"), Annotation::kMaxWait, "10s"));
  for (int i = 0; w.written.empty(); ++i) {
    if (i == restart_after) extender = std::make_unique<Extender>(w.cluster, w.planner, w.server, w.clock);
    w.clock.Advance(extender->work.Round());
    REQUIRE(i < 100);
  }
  // Created at .7 of a second: its stamp, and so its deadline, is that much earlier.
  CHECK(w.written[0].first - start == milliseconds(9300));
}

namespace {

// Takes part in an election; calls take no time.
void Elect(kube::ElectionState& state, kube::Writer& writer, const Clock& clock) {
  for (int i = 0; i < 5; ++i) {
    const auto step = state.Next(clock.Now(), clock.WallNow());
    if (step.kind == kube::ElectionState::Step::Kind::kWait) return;
    if (step.kind == kube::ElectionState::Step::Kind::kRead) {
      state.ReadDone(writer.GetLease("locus", "gate"), clock.Now(), 0.5);
    } else {
      state.WriteDone(writer.PutLease("locus", "gate", step.lease), clock.Now(), clock.Now(), 0.5);
    }
  }
}

}  // namespace

TEST_CASE("of two gatekeepers with one Lease one acts, and the other within its duration when that one is lost",
          "[gate]") {
  World w;
  Extender a(w.cluster, w.planner, w.server, w.clock);
  Extender b(w.cluster, w.planner, w.server, w.clock);
  kube::ElectionState state_a({"a", seconds(10)});
  kube::ElectionState state_b({"b", seconds(10)});
  a.election = &state_a;
  b.election = &state_b;
  w.planner.SayNode("n1");
  int pods = 0;
  bool a_lives = true;
  // A new pod at each step; the time at which each was opened.
  const auto step = [&] {
    w.cluster.Put(PodOf("p" + std::to_string(pods++), "g", CreatedAt(w.clock.WallNow()), "wait"));
    if (a_lives) {
      Elect(state_a, a.writer, w.clock);
      a.work.Round();
    }
    const size_t before = w.written.size();
    Elect(state_b, b.writer, w.clock);
    b.work.Round();
    const size_t by_b = w.written.size() - before;
    CHECK((state_b.Leading(w.clock.Now()) || by_b == 0));
    CHECK_FALSE((state_a.Leading(w.clock.Now()) && state_b.Leading(w.clock.Now())));
    w.clock.Advance(milliseconds(100));
    return by_b;
  };
  for (int i = 0; i < 300; ++i) CHECK(step() == 0);
  for (int i = 0; i < pods; ++i) CHECK(w.writes_of("p" + std::to_string(i)) == 1);

  a_lives = false;
  const SteadyTime lost = w.clock.Now();
  while (step() == 0) REQUIRE(w.clock.Now() - lost < seconds(60));
  // The duration, one look of the candidate at the Lease, one step.
  CHECK(w.clock.Now() - lost <= seconds(10) + seconds(2) + milliseconds(200));
  for (int i = 0; i < pods; ++i) CHECK(w.writes_of("p" + std::to_string(i)) == 1);
}

TEST_CASE("a burst of one application is planned with all of its members, oldest first", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  const WallTime created = CreatedAt(w.clock.WallNow());
  w.cluster.Put(PodOf("c", "g", created, "wait"));
  w.cluster.Put(PodOf("a", "g", created + seconds(0), "require"));
  w.cluster.Put(Ungated(PodOf("b", "g", created - seconds(5), "wait")));
  w.cluster.Put(PodOf("x", "other", created - seconds(9), "wait"));
  w.cluster.Put(Ungated(PodOf("y", "g", created, "prefer")));
  e.work.Round();
  const auto asked = w.planner.TakeAsked();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0] == std::pair<GroupKey, std::vector<std::string>>{"other", {"x"}});
  CHECK(asked[1] == std::pair<GroupKey, std::vector<std::string>>{"g", {"b", "a", "c"}});
}

TEST_CASE("a new leader that has never seen a refused pod wakes it when there is room", "[gate]") {
  World w;
  Extender e(w.cluster, w.planner, w.server, w.clock);
  w.cluster.Put(Ungated(PodOf("p", "g", CreatedAt(w.clock.WallNow()), "wait")));
  // Nobody led meanwhile, and a node became free.
  w.clock.Advance(seconds(5));
  w.planner.SayNode("n1");
  e.work.Round();
  CHECK(w.writes_of("p") == 1);
  CHECK(w.cluster.Get("p").wake.starts_with("room-"));
  CHECK(w.cluster.assumed().empty());
}
