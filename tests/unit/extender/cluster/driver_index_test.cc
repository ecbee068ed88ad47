#include "extender/cluster/driver_index.h"

#include <catch2/catch.hpp>

#include "tests/unit/extender/cluster/listed_cluster.h"

using namespace locus;
using namespace locus::extender;

namespace {

std::optional<std::string> Text(const OwnedAnnotations& annotations, Annotation a) {
  return annotations[static_cast<size_t>(a)];
}

// Of the only pod that waits.
PendingPod Waiting(ListedCluster& cluster) {
  const auto pending = cluster.state.Pending(10);
  REQUIRE(pending.size() == 1);
  return pending[0];
}

}  // namespace

TEST_CASE("a driver's annotations hold for its executors, whoever is seen first", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  const bool driver_first = GENERATE(true, false);
  if (driver_first) cluster.Show(MakeDriver("d", "app", "n1"));
  cluster.Show(MakeExecutor("e", "app"));
  if (!driver_first) {
    CHECK(cluster.Pending().empty());
    cluster.Show(MakeDriver("d", "app", "n1"));
  }
  CHECK(Text(Waiting(cluster).annotations, Annotation::kInputs) == "alluxio:///a");
  CHECK(Waiting(cluster).application == "app");
  cluster.Gone(MakeDriver("d", "app", "n1"));
  CHECK(cluster.Pending().empty());
}

TEST_CASE("an executor's own values win one by one", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  kube::Pod driver = MakeDriver("d", "app", "n1");
  driver.annotations["locus.dev/policy"] = "wait";
  driver.annotations["locus.dev/layout"] = "pack";
  kube::Pod executor = MakeExecutor("e", "app");
  executor.annotations["locus.dev/policy"] = "require";
  // A template that was not filled in.
  executor.annotations["locus.dev/layout"] = "";
  cluster.Show(executor);
  cluster.Show(driver);
  const PendingPod pod = Waiting(cluster);
  CHECK(Text(pod.annotations, Annotation::kPolicy) == "require");
  CHECK(Text(pod.annotations, Annotation::kLayout) == "pack");
  CHECK(Text(pod.annotations, Annotation::kInputs) == "alluxio:///a");
  CHECK_FALSE(Text(pod.annotations, Annotation::kShare));
}

TEST_CASE("a driver without inputs gives nothing", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  kube::Pod driver = MakeDriver("d", "app", "n1");
  driver.annotations = {{"locus.dev/inputs", "  "}, {"locus.dev/policy", "wait"}};
  cluster.Show(driver);
  cluster.Show(Executor("e"));
  CHECK_FALSE(Text(Waiting(cluster).annotations, Annotation::kPolicy));
  CHECK_FALSE(cluster.state.DriverAnnotations("default", "app", {"uid-d"}));
}

TEST_CASE("executors follow the group that their driver names, also when it changes", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  const GroupKey joint = GroupOf("default", "joint", "", "", "", "", "");
  cluster.Show(MakeExecutor("a", "app", "n1"));
  cluster.Show(MakeExecutor("b", "app"));
  CHECK(cluster.Look(MakePod("x"), kApp).group_size == 3);
  kube::Pod driver = MakeDriver("d", "app");
  driver.annotations["locus.dev/group"] = "joint";
  cluster.Show(driver);
  // The driver names the group for its executors, and is no member.
  CHECK(cluster.Look(MakePod("x"), joint).group_size == 3);
  CHECK(cluster.Siblings(MakePod("x"), joint) == Counted{{"n1", 1}});
  CHECK(cluster.Look(MakePod("x"), kApp).group_size == 1);
  driver.annotations.erase("locus.dev/group");
  cluster.Show(driver);
  CHECK(cluster.Look(MakePod("x"), kApp).group_size == 3);
  CHECK(cluster.Siblings(MakePod("x"), kApp) == Counted{{"n1", 1}});
}

TEST_CASE("the pod that owns an executor is its driver, whatever the labels say", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  kube::Pod executor = MakePod("e");
  executor.owners = {{"Pod", "d", "uid-d", true}};
  cluster.Show(executor);
  CHECK(cluster.Pending().empty());
  cluster.Show(WithInputs(MakePod("d", "n1"), "alluxio:///owned"));
  CHECK(Text(Waiting(cluster).annotations, Annotation::kInputs) == "alluxio:///owned");
  const auto asked = cluster.state.DriverAnnotations("default", "", {"uid-other", "uid-d"});
  REQUIRE(asked);
  CHECK(Text(*asked, Annotation::kInputs) == "alluxio:///owned");
  // An owner in another namespace is somebody else's mistake.
  CHECK_FALSE(cluster.state.DriverAnnotations("other", "", {"uid-d"}));
}

TEST_CASE("an application of the same name in another namespace is another one", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {MakeDriver("d", "app", "n1")});
  kube::Pod executor = MakeExecutor("e", "app");
  executor.space = "other";
  cluster.Show(executor);
  CHECK(cluster.Pending().empty());
  CHECK(cluster.state.DriverAnnotations("default", "app", {}).has_value());
  CHECK_FALSE(cluster.state.DriverAnnotations("other", "app", {}));
  CHECK_FALSE(cluster.state.DriverAnnotations("default", "another", {}));
}

TEST_CASE("of two drivers of an application the one that stays counts, then the youngest", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  const auto show = [&cluster](const std::string& name, int created, bool deleted) {
    kube::Pod driver = WithInputs(MakeDriver(name, "app", "n1"), "alluxio:///" + name);
    driver.created = WallTime(std::chrono::seconds(created));
    driver.deleted = deleted;
    cluster.Show(driver);
  };
  cluster.Show(MakeExecutor("e", "app"));
  const auto inputs = [&cluster] { return Text(Waiting(cluster).annotations, Annotation::kInputs); };
  show("first", 10, false);
  CHECK(inputs() == "alluxio:///first");
  show("second", 20, false);
  CHECK(inputs() == "alluxio:///second");
  show("second", 20, true);
  CHECK(inputs() == "alluxio:///first");
  cluster.Gone(MakeDriver("first", "app", "n1"));
  CHECK(inputs() == "alluxio:///second");
}

TEST_CASE("a pod that stops being a driver takes its annotations along", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")});
  cluster.Show(MakeExecutor("e", "app"));
  cluster.Show(MakeDriver("d", "app", "n1"));
  CHECK(cluster.Pending().size() == 1);
  cluster.Show(MakeDriver("d", "another", "n1"));
  CHECK(cluster.Pending().empty());
}

TEST_CASE("a driver takes over from nobody, and is in a group of its own", "[cluster]") {
  ListedCluster cluster({MakeNode("n1")}, {MakeDriver("other", "app", "n1")});
  kube::Pod driver = MakeDriver("d", "app");
  driver.annotations.clear();
  cluster.Show(driver);
  CHECK(cluster.Pending().empty());
  cluster.Show(MakeDriver("d", "app"));
  CHECK(Waiting(cluster).group == GroupOf("default", "", "", "", "", "", "uid-d"));
}
