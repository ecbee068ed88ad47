#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/extender/cluster/listed_cluster.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

TEST_CASE("an assumed pod counts on its node before the watch shows it there", "[cluster]") {
  ListedCluster cluster({MakeNode("n1"), MakeNode("n2")});
  cluster.Show(Executor("a"));
  cluster.Show(Executor("b"));
  cluster.Assume(Executor("a"), kApp, "n1");
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  CHECK(cluster.Siblings(Executor("a"), kApp) == kNone);
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 2);
  CHECK(cluster.Facts("n1").requested == 0.25);
  CHECK(cluster.Facts("n1").fresh == 0.25);
  CHECK(cluster.Room(Executor("b"), "n1") == 3);
  // It waits for the scheduler still.
  CHECK(cluster.Pending() == std::vector<std::string>{"a", "b"});
  CHECK(cluster.state.IsPending("uid-a"));
  cluster.Show(Executor("a", "n1"));
  CHECK_FALSE(cluster.state.IsPending("uid-a"));
  CHECK(cluster.state.IsPending("uid-b"));
}

TEST_CASE("a pod that the watch has not shown yet can be assumed, and counts in its group", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  cluster.Assume(Executor("a"), kApp, "n1");
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 2);
  CHECK(cluster.Look(Executor("a"), kApp).group_size == 1);
  CHECK(cluster.Facts("n1").requested == 0.0);
  CHECK(cluster.Pending().empty());
  cluster.Show(Executor("a"));
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 2);
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  CHECK(cluster.Facts("n1").requested == 0.25);
  CHECK(cluster.Pending() == std::vector<std::string>{"a"});
}

TEST_CASE("advice for the same pod again counts once, and the last one holds", "[cluster]") {
  ListedCluster cluster({MakeNode("n1"), MakeNode("n2")});
  cluster.Show(Executor("a"));
  for (int i = 0; i < 3; ++i) cluster.Assume(Executor("a"), kApp, "n1");
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  CHECK(cluster.Facts("n1").requested == 0.25);
  cluster.Assume(Executor("a"), kApp, "n2");
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n2", 1}});
  CHECK(cluster.Facts("n1").requested == 0.0);
  CHECK(cluster.state.Counts(cluster.Now().steady).assumed == 1);
}

TEST_CASE("a pod that is bound where it was assumed counts once", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  cluster.Show(Executor("a"));
  cluster.Assume(Executor("a"), kApp, "n1");
  cluster.Show(Executor("a", "n1"));
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  CHECK(cluster.Facts("n1").requested == 0.25);
  const ClusterCounts counts = cluster.state.Counts(cluster.Now().steady);
  CHECK(counts.assumed == 0);
  CHECK(counts.confirmed == 1);
  CHECK(counts.refuted == 0);
  // Nor does its time-out take it away.
  cluster.Advance(60s);
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  CHECK(cluster.state.Counts(cluster.Now().steady).expired == 0);
}

TEST_CASE("a pod that is bound elsewhere counts there alone", "[cluster]") {
  ListedCluster cluster({MakeNode("n1"), MakeNode("n2")});
  cluster.Show(Executor("a"));
  cluster.Assume(Executor("a"), kApp, "n1");
  cluster.Show(Executor("a", "n2"));
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n2", 1}});
  CHECK(cluster.Facts("n1").requested == 0.0);
  CHECK(cluster.state.Counts(cluster.Now().steady).refuted == 1);
}

TEST_CASE("an assumption without news ends with its time", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  cluster.Show(Executor("a"));
  cluster.Assume(Executor("a"), kApp, "n1");
  cluster.Assume(Executor("unseen"), kApp, "n1");
  cluster.Advance(10s - 1ns);
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 2}});
  cluster.Advance(1ns);
  CHECK(cluster.Siblings(Executor("b"), kApp) == kNone);
  CHECK(cluster.Look(Executor("b"), kApp).group_size == 2);
  CHECK(cluster.Facts("n1").requested == 0.0);
  const ClusterCounts counts = cluster.state.Counts(cluster.Now().steady);
  CHECK(counts.expired == 2);
  CHECK(counts.pods == 1);
}

TEST_CASE("advice that is renewed holds for its time anew", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  cluster.Show(Executor("a"));
  cluster.Assume(Executor("a"), kApp, "n1");
  cluster.Advance(9s);
  cluster.Assume(Executor("a"), kApp, "n1");
  cluster.Advance(9s);
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  cluster.Advance(1s);
  CHECK(cluster.Siblings(Executor("b"), kApp) == kNone);
}

TEST_CASE("a pod that is seen pending again stays assumed until its time is over", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  cluster.Assume(Executor("a"), kApp, "n1");
  cluster.Show(Executor("a"));
  cluster.Show(Executor("a"));
  cluster.ListPods({Executor("a")});
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  cluster.Advance(10s);
  CHECK(cluster.Siblings(Executor("b"), kApp) == kNone);
}

TEST_CASE("an assumed pod that is gone or has finished does not count", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  for (const char* name : {"gone", "done", "unlisted"}) cluster.Show(Executor(name));
  for (const char* name : {"gone", "done", "unlisted", "unseen"}) cluster.Assume(Executor(name), kApp, "n1");
  cluster.Gone(Executor("gone"));
  kube::Pod done = Executor("done");
  done.finished = true;
  cluster.Show(done);
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 2}});
  // A list may be older than a pod that was never seen.
  cluster.ListPods({});
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  cluster.Gone(Executor("unseen"));
  CHECK(cluster.Siblings(Executor("b"), kApp) == kNone);
  CHECK(cluster.state.Counts(cluster.Now().steady).assumed == 0);
}

TEST_CASE("advice for a pod that is bound already changes nothing", "[cluster]") {
  ListedCluster cluster({MakeNode("n1"), MakeNode("n2")}, {Executor("a", "n1"), MakePod("f", "n1")});
  cluster.Assume(Executor("a"), kApp, "n2");
  cluster.Assume(MakePod("f"), kApp, "n2");
  CHECK(cluster.Siblings(Executor("b"), kApp) == Counted{{"n1", 1}});
  CHECK(cluster.state.Counts(cluster.Now().steady).assumed == 0);
}

TEST_CASE("advice for a pod that turns out to be another's ends when that is bound", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  cluster.Assume(MakePod("p"), kApp, "n1");
  cluster.Show(MakePod("p"));
  CHECK(cluster.Facts("n1").requested == 0.25);
  cluster.Show(MakePod("p", "n1"));
  CHECK(cluster.Facts("n1").requested == 0.25);
  CHECK(cluster.Siblings(Executor("b"), kApp) == kNone);
  CHECK(cluster.state.Counts(cluster.Now().steady).ours == 0);
}

TEST_CASE("a pod's own assumption takes no room from it", "[cluster]") {
  ListedCluster cluster({MakeNode("n1", 1000)});
  cluster.Show(Executor("a"));
  cluster.Show(Executor("b"));
  cluster.Assume(Executor("a"), kApp, "n1");
  CHECK(cluster.Room(Executor("a"), "n1") == 1);
  CHECK(cluster.Room(Executor("b"), "n1") == 0);
}

TEST_CASE("a burst of pods against a watch that lags books no node twice", "[cluster]") {
  std::vector<kube::Node> nodes;
  for (int i = 0; i < 25; ++i) nodes.push_back(MakeNode("n" + std::to_string(i)));
  ListedCluster cluster(nodes);
  std::vector<kube::Pod> pods;
  for (int i = 0; i < 100; ++i) pods.push_back(Executor("e" + std::to_string(i)));
  for (const kube::Pod& pod : pods) cluster.Show(pod);
  // Each takes the first node that has room; no binding is seen meanwhile.
  for (const kube::Pod& pod : pods) {
    for (const kube::Node& node : nodes) {
      if (cluster.Room(pod, node.name) == 0) continue;
      cluster.Assume(pod, kApp, node.name);
      break;
    }
  }
  // 25 nodes of 4 CPU, 100 pods of one.
  for (const kube::Node& node : nodes) CHECK(cluster.Facts(node.name).requested == 1.0);
  std::set<uint32_t> counts;
  for (const auto& [node, count] : cluster.Siblings(Executor("x"), kApp)) counts.insert(count);
  CHECK(counts == std::set<uint32_t>{4});
}
