#include "extender/gate/gatekeeper.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/unit/common/eventually.h"
#include "tests/unit/extender/gate/gate_fakes.h"

using namespace locus;
using namespace locus::extender;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Fixture {
  Fixture()
      : gate_metrics(metrics),
        keeper({cluster, planner, std::make_unique<kube::FakeWriter>(server), [this] { return leads.load(); }, nullptr,
                clock, gate_metrics},
               {}, 1) {
    server->OnPatch([this](const kube::FakePatch& patch) { cluster.Apply(patch); });
    keeper.Start();
  }
  ~Fixture() { keeper.Stop(); }

  SystemClock clock;
  FakeCluster cluster;
  FakePlanner planner;
  std::shared_ptr<kube::FakeServer> server = std::make_shared<kube::FakeServer>();
  Metrics metrics;
  GateMetrics gate_metrics;
  std::atomic<bool> leads{true};
  Gatekeeper keeper;
};

}  // namespace

TEST_CASE("a pod is opened within half a second of its deadline", "[gate]") {
  Fixture f;
  const SteadyTime start = f.clock.Now();
  f.cluster.Put(With(PodOf("p", "g", f.clock.WallNow(), "wait"), Annotation::kMaxWait, "700ms"));
  f.keeper.Wake();
  REQUIRE(Eventually([&] { return !f.cluster.Get("p").gated; }));
  const Duration waited = f.clock.Now() - start;
  CHECK(waited >= milliseconds(690));
  CHECK(waited <= milliseconds(1200));
}

TEST_CASE("one that begins to lead acts at once when it is woken", "[gate]") {
  Fixture f;
  f.leads = false;
  f.planner.SayNode("n1");
  f.cluster.Put(PodOf("p", "g", f.clock.WallNow(), "wait"));
  f.keeper.Wake();
  f.leads = true;
  f.keeper.Wake();
  CHECK(Eventually([&] { return f.cluster.Get("p").planned_node == "n1"; }));
}

TEST_CASE("news in a storm costs at most fifty rounds a second", "[gate]") {
  Fixture f;
  f.cluster.Put(PodOf("p", "g", f.clock.WallNow(), "require"));
  const SteadyTime start = f.clock.Now();
  while (f.clock.Now() - start < milliseconds(500)) f.keeper.Wake();
  f.keeper.Stop();
  const double seconds_run = ToSeconds(f.clock.Now() - start);
  const size_t rounds = f.planner.TakeAsked().size();
  CHECK(rounds >= 2);
  CHECK(static_cast<double>(rounds) <= seconds_run * 50 + 2);
}

TEST_CASE("stopping ends a write that hangs", "[gate]") {
  Fixture f;
  f.server->Hang(true);
  f.planner.SayNode("n1");
  f.cluster.Put(PodOf("p", "g", f.clock.WallNow(), "wait"));
  f.keeper.Wake();
  REQUIRE(Eventually([&] { return f.server->calls("patch") == 1; }));
  const SteadyTime before = f.clock.Now();
  f.keeper.Stop();
  CHECK(f.clock.Now() - before < seconds(5));
  CHECK(f.server->calls("patch") == 1);
}
