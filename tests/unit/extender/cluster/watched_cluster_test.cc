#include "extender/cluster/watched_cluster.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/testing/fake_clock.h"
#include "tests/unit/extender/cluster/listed_cluster.h"
#include "tests/unit/extender/cluster/objects.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

struct Watched {
  explicit Watched(ClusterOptions options = {}) : cluster(options, clock, metrics) {}

  void ListNodes(std::vector<kube::Node> nodes) {
    cluster.nodes().Begin();
    cluster.nodes().Page(std::move(nodes));
    cluster.nodes().End();
  }
  void ListPods(std::vector<kube::Pod> pods) {
    cluster.pods().Begin();
    cluster.pods().Page(std::move(pods));
    cluster.pods().End();
  }
  void Show(kube::Pod pod) { cluster.pods().Event({true, std::move(pod)}); }
  bool Renders(const std::string& line) {
    cluster.UpdateMetrics();
    return metrics.Render().find(line + "\n") != std::string::npos;
  }

  FakeClock clock;
  Metrics metrics;
  WatchedCluster cluster;
};

PodRef RefOf(const kube::Pod& pod) { return {pod.space, pod.name, pod.uid}; }

}  // namespace

TEST_CASE("the view is synced when both lists have come, and stays so when the API server is lost", "[cluster]") {
  Watched w;
  w.ListPods({Executor("a", "n1")});
  CHECK_FALSE(w.cluster.Synced());
  CHECK_FALSE(w.cluster.Age());
  CHECK_FALSE(w.cluster.Look(RefOf(Executor("a")), kApp, {"n1"}).synced);
  w.ListNodes({MakeNode("n1", 4000, "east")});
  CHECK(w.cluster.Synced());
  w.clock.Advance(1h);
  const Surroundings around = w.cluster.Look(RefOf(Executor("b")), kApp, {"n1"});
  CHECK(around.synced);
  CHECK(around.group_size == 2);
  REQUIRE(around.nodes.at(0).has_value());
  CHECK(around.nodes[0]->requested == 0.25);
  CHECK(w.cluster.Zones()->names() == std::vector<std::string>{"east"});
}

TEST_CASE("the age is that of the watch that was heard longer ago, whatever it brought", "[cluster]") {
  Watched w;
  w.ListNodes({MakeNode("n1")});
  w.clock.Advance(3s);
  w.ListPods({});
  CHECK(w.cluster.Age() == Duration(3s));
  w.clock.Advance(2s);
  w.cluster.nodes().Heard();
  CHECK(w.cluster.Age() == Duration(2s));
  w.Show(MakePod("waiting"));
  CHECK(w.cluster.Age() == Duration(0));
}

TEST_CASE("the listener hears of changes, and not of news without content", "[cluster]") {
  Watched w;
  int heard = 0;
  // It may ask: no lock is held.
  w.cluster.OnChange([&] { heard += w.cluster.changes() > 0 ? 1 : 0; });
  w.ListNodes({MakeNode("n1")});
  w.ListPods({});
  const int lists = heard;
  CHECK(lists >= 2);
  const uint64_t changes = w.cluster.changes();
  w.Show(Executor("a"));
  CHECK(heard == lists + 1);
  CHECK(w.cluster.changes() == changes + 1);
  w.Show(MakePod("foreign"));
  w.cluster.pods().Heard();
  w.cluster.nodes().Event({true, MakeNode("n1")});
  CHECK(heard == lists + 1);
  w.cluster.OnChange(nullptr);
  w.Show(Executor("b"));
  CHECK(heard == lists + 1);
}

TEST_CASE("an operator sees what is known, what was assumed and what was dropped", "[cluster]") {
  ClusterOptions options;
  options.max_nodes = 1;
  Watched w(options);
  CHECK(w.Renders("locus_extender_cluster_synced 0"));
  CHECK(w.Renders("locus_extender_cluster_age_seconds -1"));
  w.ListNodes({MakeNode("n1"), MakeNode("n2")});
  w.ListPods({MakePod("foreign", "n1"), Executor("a"), Executor("b"), Executor("c")});
  for (const char* name : {"a", "b", "c"}) w.cluster.Assume(RefOf(Executor(name)), kApp, "n1");
  w.Show(Executor("a", "n1"));
  w.Show(Executor("b", "n2"));
  CHECK(w.Renders("locus_extender_cluster_assumed 1"));
  w.clock.Advance(10s);
  for (const char* line :
       {"locus_extender_cluster_synced 1", "locus_extender_cluster_age_seconds 10", "locus_extender_cluster_nodes 1",
        "locus_extender_cluster_pods 4", "locus_extender_cluster_ours 3", "locus_extender_cluster_pending 1",
        "locus_extender_cluster_groups 1", "locus_extender_cluster_assumed 0",
        "locus_extender_cluster_assumptions_total{end=\"confirmed\"} 1",
        "locus_extender_cluster_assumptions_total{end=\"refuted\"} 1",
        "locus_extender_cluster_assumptions_total{end=\"expired\"} 1",
        "locus_extender_cluster_dropped_total{what=\"nodes\"} 1",
        "locus_extender_cluster_dropped_total{what=\"pods\"} 0"}) {
    INFO(line);
    CHECK(w.Renders(line));
  }
}

TEST_CASE("100 filter calls at once book no place twice", "[cluster]") {
  Watched w;
  std::vector<kube::Node> nodes;
  std::vector<kube::Pod> pods;
  for (int i = 0; i < 10; ++i) nodes.push_back(MakeNode("n" + std::to_string(i)));
  for (int i = 0; i < 100; ++i) pods.push_back(Executor("e" + std::to_string(i)));
  w.ListNodes(nodes);
  w.ListPods(pods);
  std::vector<std::thread> calls;
  for (int t = 0; t < 4; ++t) {
    calls.emplace_back([&, t] {
      for (size_t i = static_cast<size_t>(t); i < pods.size(); i += 4) {
        w.cluster.Look(RefOf(pods[i]), kApp, {"n0", "n1"});
        w.cluster.Assume(RefOf(pods[i]), kApp, nodes[i % 10].name);
        // A call that is repeated.
        w.cluster.Assume(RefOf(pods[i]), kApp, nodes[i % 10].name);
      }
    });
  }
  for (std::thread& call : calls) call.join();
  const Surroundings around = w.cluster.Look(RefOf(MakePod("x")), kApp, {"n0", "n9"});
  CHECK(around.group_size == 101);
  CHECK(around.siblings.size() == 10);
  for (const Siblings& s : around.siblings) CHECK(s.count == 10);
  CHECK(around.nodes[0]->requested == 2.5);
  CHECK(around.nodes[1]->requested == 2.5);
}

TEST_CASE("questions may be asked from any thread while both watches bring news", "[cluster]") {
  Watched w;
  std::atomic<int> heard{0};
  w.cluster.OnChange([&heard] { ++heard; });
  w.ListNodes({MakeNode("n0", 4000, "z0"), MakeNode("n1", 4000, "z1")});
  w.ListPods({});
  std::atomic<bool> over{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (int i = 0; i < 300; ++i)
      w.cluster.nodes().Event({i % 3 != 0, MakeNode("n1", 4000, "z" + std::to_string(i % 5))});
  });
  threads.emplace_back([&] {
    for (int i = 0; i < 300; ++i) {
      const std::string name = "e" + std::to_string(i % 20);
      w.Show(Executor(name));
      w.Show(Executor(name, "n" + std::to_string(i % 2)));
      if (i % 50 == 0) w.ListPods({Executor(name, "n0"), MakeDriver("d", "app")});
      w.cluster.pods().Event({false, Executor(name)});
    }
  });
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; !over; ++i) {
        const kube::Pod pod = Executor("e" + std::to_string(i % 20));
        const Surroundings around = w.cluster.Look(RefOf(pod), kApp, {"n0", "n1"});
        // Both of one moment. Catch2 checks on one thread only.
        const auto& node = around.nodes[1];
        if (node && (!node->zone || *node->zone >= around.zones->names().size())) ++torn;
        w.cluster.Assume(RefOf(pod), kApp, "n0");
        w.cluster.Room(pod.uid, {"n0", "n1"});
        w.cluster.Pending(5);
        w.cluster.TakeBound();
        w.cluster.DriverAnnotations("default", "app", {"uid-d"});
        w.cluster.UpdateMetrics();
        w.clock.Advance(1ms);
      }
    });
  }
  threads[0].join();
  threads[1].join();
  over = true;
  threads[2].join();
  threads[3].join();
  CHECK(heard > 300);
  CHECK(torn == 0);
  // All executors are gone but those that were advised after that.
  w.clock.Advance(1h);
  CHECK(w.cluster.Look(RefOf(MakePod("x")), kApp, {}).siblings.empty());
}
