#include "alluxio_meta/applications/application_table.h"

#include <catch2/catch.hpp>

#include "tests/unit/alluxio_meta/applications/pods.h"

using namespace locus;
using namespace locus::meta;

namespace {

std::shared_ptr<const Application> The(const ApplicationTable& table, const std::string& id) {
  const auto found = table.Find("", id);
  REQUIRE(found.size() == 1);
  return found.front();
}

using Nodes = std::map<std::string, std::vector<std::string>, std::less<>>;

}  // namespace

TEST_CASE("pods with one selector are an application, the driver first", "[applications]") {
  ApplicationTable table(100);
  table.Put(MakeExecutor("app", 10, "10.9.0.10", "n1"));
  table.Put(MakeExecutor("app", 2, "10.9.0.2", "n2"));
  table.Put(MakeDriver("app", "10.9.0.1", "n1"));
  table.Put(MakeExecutor("other", 1, "10.9.0.3", "n1"));
  kube::Pod stranger;
  stranger.space = "default";
  stranger.name = "stranger";
  table.Put(stranger);

  const auto app = The(table, "app");
  CHECK(app->key == ApplicationKey{"default", "app"});
  CHECK(app->name == "name-of-app");
  REQUIRE(app->pods.size() == 3);
  CHECK(app->pods[0].driver);
  CHECK(app->pods[1].number == 2);
  CHECK(app->pods[2].number == 10);
  CHECK(app->pods[2].host_address == "10.0.0.1");
  CHECK(app->pods[2].scheduler == "locus");
  CHECK(app->executors == Nodes{{"n1", {"10.9.0.10"}}, {"n2", {"10.9.0.2"}}});
  CHECK(table.counts().applications == 2);
  CHECK(table.counts().pods == 4);
}

TEST_CASE("executors without an address, and those that have ended, are nowhere", "[applications]") {
  ApplicationTable table(100);
  table.Put(MakeExecutor("app", 1, "", ""));
  table.Put(MakeExecutor("app", 2, "", "n1"));
  kube::Pod finished = MakeExecutor("app", 3, "10.9.0.3");
  finished.finished = true;
  table.Put(finished);
  kube::Pod leaving = MakeExecutor("app", 4, "10.9.0.4");
  leaving.deleted = true;
  table.Put(leaving);
  const auto app = The(table, "app");
  CHECK(app->pods.size() == 4);
  CHECK(app->pods[2].ended);
  CHECK(app->executors.empty());
  CHECK_FALSE(table.Identify("10.9.0.3", "").caller.has_value());
  CHECK_FALSE(table.Identify("10.9.0.4", "").caller.has_value());
}

TEST_CASE("an application is a new object after a change, and goes with its last pod", "[applications]") {
  ApplicationTable table(100);
  table.Put(MakeExecutor("app", 1, "10.9.0.1"));
  const auto first = The(table, "app");
  CHECK(The(table, "app") == first);
  table.Put(MakeExecutor("app", 2, "10.9.0.2"));
  CHECK(first->pods.size() == 1);
  CHECK(The(table, "app")->pods.size() == 2);
  table.Remove("default", "app-exec-1");
  table.Remove("default", "app-exec-2");
  table.Remove("default", "app-exec-2");
  CHECK(table.Find("", "app").empty());
  CHECK(table.counts().pods == 0);
  CHECK_FALSE(table.Identify("10.9.0.1", "").caller.has_value());
}

TEST_CASE("a list replaces what was there, and only once it is whole", "[applications]") {
  ApplicationTable table(100);
  table.Begin();
  table.Put(MakeExecutor("a", 1, "10.9.0.1"));
  table.Put(MakeExecutor("b", 1, "10.9.0.2"));
  table.End();
  table.Put(MakeExecutor("c", 1, "10.9.0.3"));
  table.Begin();
  table.Put(MakeExecutor("b", 1, "10.9.0.2"));
  CHECK(table.counts().applications == 3);
  // It broke off; another one.
  table.Begin();
  table.Put(MakeExecutor("c", 1, "10.9.0.3"));
  table.End();
  CHECK(table.Find("", "a").empty());
  CHECK(table.Find("", "b").empty());
  CHECK(table.Find("", "c").size() == 1);
}

TEST_CASE("a pod that moves to another application leaves the first", "[applications]") {
  ApplicationTable table(100);
  kube::Pod pod = MakeExecutor("a", 1, "10.9.0.1");
  table.Put(pod);
  pod.labels["spark-app-selector"] = "b";
  table.Put(pod);
  CHECK(table.Find("", "a").empty());
  CHECK(table.Identify("10.9.0.1", "").caller->application->key.id == "b");
  pod.labels.erase("spark-app-selector");
  table.Put(pod);
  CHECK(table.counts().pods == 0);
}

TEST_CASE("pods beyond the bound are refused and counted, and changes of known ones are taken", "[applications]") {
  ApplicationTable table(2);
  table.Put(MakeExecutor("app", 1, ""));
  table.Put(MakeExecutor("app", 2, "10.9.0.2"));
  table.Put(MakeExecutor("app", 3, "10.9.0.3"));
  CHECK(table.counts().pods == 2);
  CHECK(table.counts().refused_pods == 1);
  CHECK_FALSE(table.Identify("10.9.0.3", "").caller.has_value());
  table.Put(MakeExecutor("app", 1, "10.9.0.1"));
  CHECK(table.counts().refused_pods == 1);
  CHECK(table.Identify("10.9.0.1", "").caller.has_value());
  table.Remove("default", "app-exec-2");
  table.Put(MakeExecutor("app", 3, "10.9.0.3"));
  CHECK(table.Identify("10.9.0.3", "").caller.has_value());
}

TEST_CASE("applications are found by id, by a pod's name and by namespace", "[applications]") {
  ApplicationTable table(100);
  table.Put(MakeExecutor("app", 1, "10.9.0.1"));
  kube::Pod same = MakeExecutor("app", 1, "10.9.0.2");
  same.space = "second";
  table.Put(same);
  CHECK(table.All("").size() == 2);
  CHECK(table.All("second").size() == 1);
  CHECK(table.Find("", "app").size() == 2);
  CHECK(table.Find("default", "app").size() == 1);
  CHECK(table.Find("", "none").empty());
  CHECK(table.OfPod("", "app-exec-1").size() == 2);
  REQUIRE(table.OfPod("second", "app-exec-1").size() == 1);
  CHECK(table.OfPod("second", "app-exec-1")[0]->key.space == "second");
  CHECK(table.OfPod("", "app-exec-2").empty());
}
