#include "extender/cluster/cluster_state.h"

#include <catch2/catch.hpp>

#include "tests/unit/extender/cluster/listed_cluster.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

TEST_CASE("nothing is known until nodes and pods have been listed", "[cluster]") {
  ClusterState state({});
  CHECK_FALSE(state.synced());
  state.BeginNodes();
  state.ListNode(MakeNode("n1"));
  state.EndNodes();
  CHECK_FALSE(state.synced());
  const Surroundings around = state.Look({"default", "p", "uid-p"}, kApp, {"n1"}, SteadyTime(1s));
  CHECK_FALSE(around.synced);
  CHECK(around.group_size == 1);
  CHECK(around.nodes.empty());
  state.BeginPods();
  CHECK_FALSE(state.synced());
  state.EndPods();
  CHECK(state.synced());
}

TEST_CASE("a node that appears or leaves between two questions is known or not at once", "[cluster]") {
  ListedCluster cluster({MakeNode("n1", 4000, "east")});
  CHECK(cluster.Look(MakePod("p"), "none", {"n2", "n1"}).nodes[0] == std::nullopt);
  cluster.state.OnNode({true, MakeNode("n2", 4000, "asia")});
  cluster.state.OnNode({false, MakeNode("n1")});
  const Surroundings around = cluster.Look(MakePod("p"), "none", {"n2", "n1"});
  REQUIRE(around.nodes[0].has_value());
  CHECK(around.zones->names() == std::vector<std::string>{"asia"});
  CHECK(around.nodes[0]->zone == 0u);
  CHECK_FALSE(around.nodes[1].has_value());
}

TEST_CASE("a zone's number belongs to the table that is handed out with it", "[cluster]") {
  ListedCluster cluster({MakeNode("n1", 4000, "middle")});
  const Surroundings before = cluster.Look(MakePod("p"), "none", {"n1"});
  cluster.state.OnNode({true, MakeNode("n0", 4000, "alpha")});
  const Surroundings after = cluster.Look(MakePod("p"), "none", {"n1"});
  CHECK(before.zones->names()[*before.nodes[0]->zone] == "middle");
  CHECK(after.zones->names()[*after.nodes[0]->zone] == "middle");
  CHECK(before.nodes[0]->zone != after.nodes[0]->zone);
}

TEST_CASE("a node counts what is requested on it, also by pods that came before it", "[cluster]") {
  ListedCluster cluster({}, {MakePod("early", "n1", 1500)});
  cluster.state.OnNode({true, MakeNode("n1", 4000)});
  cluster.Show(MakePod("late", "n1", 500));
  cluster.Show(MakePod("waiting", "", 4000));
  CHECK(cluster.Facts("n1").requested == 0.5);
  cluster.Show(MakePod("late", "n1", 2500));
  CHECK(cluster.Facts("n1").requested == 1.0);
  cluster.Gone(MakePod("early", "n1", 1500));
  CHECK(cluster.Facts("n1").requested == 0.625);
}

TEST_CASE("what is requested on a node may exceed it, and a node without CPU has none", "[cluster]") {
  ListedCluster cluster({MakeNode("n1", 1000), MakeNode("n2", 0)},
                        {MakePod("a", "n1", 3000), MakePod("b", "n2", 3000)});
  CHECK(cluster.Facts("n1").requested == 3.0);
  CHECK(cluster.Facts("n2").requested == 0.0);
  CHECK(cluster.Facts("n2").fresh == 0.0);
}

TEST_CASE("a pod that has been bound is fresh for a while, one that ran before us is not", "[cluster]") {
  kube::Pod old = MakePod("old", "n1", 1000);
  kube::Pod young = MakePod("young", "n1", 400);
  old.created = WallTime(1000h);
  young.created = WallTime(1000h + 990s);
  ListedCluster cluster({MakeNode("n1", 4000)}, {old, young});
  CHECK(cluster.Facts("n1").fresh == 0.1);
  cluster.Show(MakePod("new", "n1", 1600));
  CHECK(cluster.Facts("n1").fresh == 0.5);
  cluster.Advance(20s);
  CHECK(cluster.Facts("n1").fresh == 0.4);
  cluster.Advance(10s);
  CHECK(cluster.Facts("n1").fresh == 0.0);
  CHECK(cluster.Facts("n1").requested == 0.75);
}

TEST_CASE("a fresh pod that goes takes its freshness with it", "[cluster]") {
  ListedCluster cluster({MakeNode("n1", 4000)});
  cluster.Show(MakePod("a", "n1", 1000));
  cluster.Show(MakePod("b", "n1", 2000));
  cluster.Gone(MakePod("a", "n1", 1000));
  CHECK(cluster.Facts("n1").fresh == 0.5);
}

TEST_CASE("a pod that has finished frees its room and leaves its group", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {Executor("a", "n1"), Executor("b", "n1")});
  kube::Pod done = Executor("a", "n1");
  done.finished = true;
  cluster.Show(done);
  CHECK(cluster.Facts("n1").requested == 0.25);
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 1);
  CHECK(cluster.state.Counts(cluster.Now().steady).pods == 1);
}

TEST_CASE("an executor that dies gives its share back at once, its room when it is gone", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {Executor("a", "n1"), Executor("b", "n1")});
  kube::Pod dying = Executor("a", "n1");
  dying.deleted = true;
  cluster.Show(dying);
  const kube::Pod replacement = Executor("c");
  cluster.Show(replacement);
  CHECK(cluster.Look(replacement, kApp).group_size == 2);
  CHECK(cluster.Siblings(replacement, kApp) == Counted{{"n1", 1}});
  CHECK(cluster.Facts("n1").requested == 0.5);
  cluster.Gone(dying);
  CHECK(cluster.Facts("n1").requested == 0.25);
}

TEST_CASE("a group grows and shrinks with dynamic allocation", "[cluster]") {
  ListedCluster cluster({MakeNode("n1"), MakeNode("n2")});
  const kube::Pod first = Executor("e0");
  // Not shown yet, it is the only one.
  CHECK(cluster.Look(first, kApp).group_size == 1);
  for (int i = 0; i < 10; ++i) cluster.Show(Executor("e" + std::to_string(i), i % 2 == 0 ? "n1" : ""));
  CHECK(cluster.Look(first, kApp).group_size == 10);
  CHECK(cluster.Look(Executor("e10"), kApp).group_size == 11);
  CHECK(cluster.Siblings(Executor("e1"), kApp) == Counted{{"n1", 5}});
  for (int i = 1; i < 10; ++i) cluster.Gone(Executor("e" + std::to_string(i)));
  CHECK(cluster.Look(first, kApp).group_size == 1);
  CHECK(cluster.Siblings(first, kApp) == kNone);
}

TEST_CASE("a list replaces what was known, and what it misses stays until its end", "[cluster]") {
  ListedCluster cluster({MakeNode("n1"), MakeNode("n2")},
                        {Executor("a", "n1"), MakePod("f", "n1"), Executor("b", "n2")});
  cluster.state.BeginPods();
  cluster.state.ListPod(Executor("b", "n2"), cluster.Now());
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 2);
  cluster.state.EndPods();
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 1);
  CHECK(cluster.Facts("n1").requested == 0.0);
  cluster.ListNodes({MakeNode("n2")});
  CHECK(cluster.Look(MakePod("p"), "none", {"n1"}).nodes[0] == std::nullopt);
}

TEST_CASE("a list that broke off leaves no pod behind that the next one misses", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  cluster.state.BeginPods();
  cluster.state.ListPod(Executor("a", "n1"), cluster.Now());
  cluster.state.ListPod(MakePod("f", "n1"), cluster.Now());
  cluster.ListPods({Executor("b", "n1")});
  CHECK(cluster.Facts("n1").requested == 0.25);
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 1);
}

TEST_CASE("a new leader that lists knows what the old one learnt by events", "[cluster]") {
  const std::vector<kube::Node> nodes = {MakeNode("n1", 4000, "z"), MakeNode("n2", 4000, "z")};
  ListedCluster old(nodes);
  std::vector<kube::Pod> now;
  for (int i = 0; i < 6; ++i) {
    kube::Pod pod = Executor("e" + std::to_string(i));
    pod.created = WallTime(1000h + 500s + std::chrono::seconds(7 - i));
    old.Show(pod);
    old.Assume(pod, kApp, "n1");
    if (i < 4)
      old.Show(pod = [&] {
        pod.node = i % 2 == 0 ? "n1" : "n2";
        return pod;
      }());
    now.push_back(pod);
  }
  old.Advance(60s);
  ListedCluster fresh(nodes, now);
  fresh.Advance(60s);
  const kube::Pod asked = now.back();
  CHECK(fresh.Look(asked, kApp).group_size == old.Look(asked, kApp).group_size);
  CHECK(fresh.Siblings(asked, kApp) == old.Siblings(asked, kApp));
  CHECK(fresh.Siblings(asked, kApp) == Counted{{"n1", 2}, {"n2", 2}});
  CHECK(fresh.Pending() == old.Pending());
  CHECK(fresh.Pending() == std::vector<std::string>{"e5", "e4"});
  CHECK(fresh.Facts("n1").requested == old.Facts("n1").requested);
  CHECK(fresh.Room(asked, "n2") == old.Room(asked, "n2"));
}

TEST_CASE("the oldest pods wait first, and only those of ours without a node", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  const auto show = [&cluster](kube::Pod pod, int created) {
    pod.created = WallTime(std::chrono::seconds(created));
    cluster.Show(pod);
  };
  show(Executor("young"), 30);
  show(Executor("same-b"), 20);
  show(Executor("same-a"), 20);
  show(MakeTask("old", "job"), 10);
  show(MakePod("foreign"), 1);
  show(MakeExecutor("without", "app"), 2);
  show(Executor("bound", "n1"), 3);
  kube::Pod dying = Executor("dying");
  dying.deleted = true;
  show(dying, 4);
  CHECK(cluster.Pending() == std::vector<std::string>{"old", "same-a", "same-b", "young"});
  CHECK(cluster.Pending(2) == std::vector<std::string>{"old", "same-a"});
  show(MakeTask("old", "job", "n1"), 10);
  CHECK(cluster.Pending(1) == std::vector<std::string>{"same-a"});
}

TEST_CASE("a pod with the gate waits also without inputs: nobody else would open it", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  kube::Pod pod = MakePod("p");
  pod.gates = {"locus.dev/locality", "example.com/other"};
  pod.annotations = {{"locus.dev/planned-node", "n1"}, {"locus.dev/wake", "7"}};
  pod.created = WallTime(5s);
  cluster.Show(pod);
  const auto pending = cluster.state.Pending(10);
  REQUIRE(pending.size() == 1);
  CHECK(pending[0].gated);
  CHECK(pending[0].other_gates);
  CHECK(pending[0].planned_node == "n1");
  CHECK(pending[0].wake == "7");
  CHECK(pending[0].scheduler == "locus");
  CHECK(pending[0].created == WallTime(5s));
  CHECK_FALSE(pending[0].annotations[0].has_value());
  pod.gates = {"example.com/other"};
  cluster.Show(pod);
  CHECK(cluster.Pending().empty());
}

TEST_CASE("bindings of ours are told once, and not those that were there before us", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {Executor("before", "n1"), Executor("waiting")});
  CHECK(cluster.state.TakeBound().empty());
  cluster.Show(Executor("waiting", "n1"));
  cluster.Show(Executor("waiting", "n1"));
  cluster.Show(MakePod("foreign", "n1"));
  cluster.Show(MakeExecutor("without", "app", "n1"));
  const auto bound = cluster.state.TakeBound();
  REQUIRE(bound.size() == 1);
  CHECK(bound[0].space == "default");
  CHECK(bound[0].name == "waiting");
  CHECK(bound[0].uid == "uid-waiting");
  CHECK(bound[0].node == "n1");
  CHECK(bound[0].group == kApp);
  CHECK(cluster.state.TakeBound().empty());
}

TEST_CASE("a binding tells what the pod asks for, and what its driver does", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {});
  constexpr auto kInputs = static_cast<size_t>(Annotation::kInputs);
  cluster.Show(MakeDriver("driver", "app", "n1"));
  cluster.Show(MakeExecutor("heir", "app", "n1"));
  cluster.Show(WithInputs(MakePod("own", "n1"), "/b"));
  const auto bound = cluster.state.TakeBound();
  REQUIRE(bound.size() == 3);
  CHECK(bound[0].driver);
  CHECK_FALSE(bound[1].driver);
  CHECK((bound[1].own == nullptr || !(*bound[1].own)[kInputs]));
  REQUIRE(bound[1].inherited != nullptr);
  CHECK((*bound[1].inherited)[kInputs] == "alluxio:///a");
  REQUIRE(bound[2].own != nullptr);
  CHECK((*bound[2].own)[kInputs] == "/b");
  CHECK(bound[2].inherited == nullptr);
}

TEST_CASE("a binding that an outage hid is told after the next list", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {Executor("a")});
  cluster.ListPods({Executor("a", "n1"), Executor("b", "n1")});
  CHECK(cluster.state.TakeBound().size() == 2);
}

TEST_CASE("annotations that a pod gets when it runs already are no binding", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {MakePod("a", "n1")});
  cluster.Show(WithInputs(MakePod("a", "n1")));
  CHECK(cluster.state.TakeBound().empty());
  CHECK(cluster.Facts("n1").requested == 0.25);
  CHECK(cluster.state.Counts(cluster.Now().steady).ours == 1);
}

TEST_CASE("bindings that nobody takes are dropped beyond a bound, and counted", "[cluster]") {
  ClusterOptions options;
  options.max_bound = 2;
  ListedCluster cluster({MakeNode("n1")}, {}, options);
  for (const char* name : {"a", "b", "c"}) cluster.Show(Executor(name, "n1"));
  CHECK(cluster.state.TakeBound().size() == 2);
  CHECK(cluster.state.Counts(cluster.Now().steady).bound_dropped == 1);
}

TEST_CASE("pods beyond the limit are not known and counted, and known once there is room", "[cluster]") {
  ClusterOptions options;
  options.max_pods = 2;
  ListedCluster cluster({MakeNode("n1")}, {MakePod("a", "n1"), Executor("b", "n1"), MakePod("c", "n1")}, options);
  CHECK(cluster.Facts("n1").requested == 0.5);
  CHECK_FALSE(cluster.Show(Executor("d", "n1")));
  cluster.Assume(Executor("e"), kApp, "n1");
  ClusterCounts counts = cluster.state.Counts(cluster.Now().steady);
  CHECK(counts.pods == 2);
  CHECK(counts.pods_dropped == 3);
  // Pods that need no memory need no room either.
  cluster.Show(MakePod("waiting"));
  CHECK(cluster.state.Counts(cluster.Now().steady).pods_dropped == 3);
  cluster.Gone(MakePod("a", "n1"));
  CHECK(cluster.Show(Executor("d", "n1")));
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 2);
}

TEST_CASE("nodes beyond the limit are not known and counted", "[cluster]") {
  ClusterOptions options;
  options.max_nodes = 1;
  ListedCluster cluster({MakeNode("n1"), MakeNode("n2")}, {MakePod("a", "n2")}, options);
  CHECK(cluster.Look(MakePod("p"), "none", {"n2"}).nodes[0] == std::nullopt);
  CHECK(cluster.state.Counts(cluster.Now().steady).nodes_dropped == 1);
  cluster.state.OnNode({false, MakeNode("n1")});
  cluster.state.OnNode({true, MakeNode("n2")});
  CHECK(cluster.Facts("n2").requested == 0.25);
}

TEST_CASE("news without content changes nothing", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {MakePod("a", "n1")});
  CHECK_FALSE(cluster.state.OnNode({true, MakeNode("n1")}));
  CHECK_FALSE(cluster.Show(MakePod("a", "n1")));
  CHECK_FALSE(cluster.Show(MakePod("waiting")));
  CHECK_FALSE(cluster.Gone(MakePod("unknown")));
  CHECK_FALSE(cluster.state.OnNode({false, MakeNode("n9")}));
  kube::Pod nobody = MakePod("x", "n1");
  nobody.uid.clear();
  CHECK_FALSE(cluster.Show(nobody));
  CHECK_FALSE(cluster.state.OnNode({true, MakeNode("")}));
  CHECK(cluster.state.OnNode({true, MakeNode("n1", 8000)}));
  CHECK(cluster.Show(MakePod("a", "n1", 2000)));
}

TEST_CASE("there is room where the pod may run, for as many as fit", "[cluster]") {
  kube::Node tainted = MakeNode("n3");
  tainted.taints = {{"gpu", "", "NoSchedule"}};
  ListedCluster cluster({MakeNode("n1"), MakeNode("n2", 4000, "east"), tainted}, {MakePod("f", "n1", 1500)});
  kube::Pod pod = Executor("e");
  cluster.Show(pod);
  const auto room = [&] { return cluster.state.Room("uid-e", {"n1", "n2", "n3", "n9"}, cluster.Now().steady); };
  CHECK(room() == std::vector<uint32_t>{2, 4, 0, 0});
  pod.constraints.node_selector = {{"topology.kubernetes.io/zone", "east"}};
  cluster.Show(pod);
  CHECK(room() == std::vector<uint32_t>{0, 4, 0, 0});
  pod.constraints.node_selector.clear();
  pod.constraints.tolerations = {{"gpu", "Exists", "", ""}};
  cluster.Show(pod);
  CHECK(room() == std::vector<uint32_t>{2, 4, 4, 0});
  pod.node = "n1";
  cluster.Show(pod);
  CHECK(room() == std::vector<uint32_t>{0, 0, 0, 0});
  CHECK(cluster.state.Room("uid-unknown", {"n1"}, cluster.Now().steady) == std::vector<uint32_t>{0});
  std::map<std::string, uint32_t> by_node;
  for (const auto& n : cluster.state.RoomFor(500, 0, cluster.Now().steady)) by_node[n.node] = n.pods;
  CHECK(by_node == Counted{{"n1", 3}, {"n2", 8}, {"n3", 0}});
}
