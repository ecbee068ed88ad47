// Who calls from an address.
#include <catch2/catch.hpp>

#include "alluxio_meta/applications/application_table.h"
#include "tests/unit/alluxio_meta/applications/pods.h"

using namespace locus;
using namespace locus::meta;

namespace {

std::string Id(const Identification& who) { return who.caller ? who.caller->application->key.id : ""; }

}  // namespace

TEST_CASE("a pod's address tells its application, and the pod", "[applications]") {
  ApplicationTable table(100);
  table.Put(MakeExecutor("a", 1, "10.9.0.1"));
  table.Put(MakeDriver("b", "10.9.0.2"));
  table.Put(MakeExecutor("c", 1, "fd00::00:7"));
  const Identification a = table.Identify("10.9.0.1", "");
  CHECK(Id(a) == "a");
  CHECK(a.caller->by == Recognised::kPodAddress);
  CHECK(a.caller->pod == "a-exec-1");
  CHECK(Id(table.Identify("10.9.0.2", "")) == "b");
  CHECK(Id(table.Identify("fd00::7", "")) == "c");
  const Identification nobody = table.Identify("10.9.0.3", "");
  CHECK_FALSE(nobody.caller.has_value());
  CHECK_FALSE(nobody.ambiguous);
  CHECK_FALSE(table.Identify("", "").caller.has_value());
}

TEST_CASE("a driver outside of the cluster is known by its executors", "[applications]") {
  ApplicationTable table(100);
  table.Put(WithDriverAt(MakeExecutor("a", 1, "10.9.0.1"), "192.168.1.5"));
  table.Put(WithDriverAt(MakeExecutor("a", 2, "10.9.0.2"), "192.168.1.5"));
  table.Put(WithDriverAt(MakeExecutor("b", 1, "10.9.0.3"), "b-driver.default.svc"));
  const Identification a = table.Identify("192.168.1.5", "");
  CHECK(Id(a) == "a");
  CHECK(a.caller->by == Recognised::kDriverUrl);
  CHECK(a.caller->pod.empty());
  // One of them is enough; the last one takes the knowledge with it.
  table.Remove("default", "a-exec-1");
  CHECK(Id(table.Identify("192.168.1.5", "")) == "a");
  kube::Pod last = WithDriverAt(MakeExecutor("a", 2, "10.9.0.2"), "192.168.1.5");
  last.finished = true;
  table.Put(last);
  CHECK(Id(table.Identify("192.168.1.5", "")).empty());
}

TEST_CASE("two drivers at one address are nobody, and told from nobody", "[applications]") {
  ApplicationTable table(100);
  table.Put(WithDriverAt(MakeExecutor("a", 1, "10.9.0.1"), "127.0.0.1"));
  CHECK(Id(table.Identify("127.0.0.1", "")) == "a");
  table.Put(WithDriverAt(MakeExecutor("b", 1, "10.9.0.2"), "127.0.0.1"));
  const Identification both = table.Identify("127.0.0.1", "");
  CHECK_FALSE(both.caller.has_value());
  CHECK(both.ambiguous);
  // Their executors are told apart all the same.
  CHECK(Id(table.Identify("10.9.0.1", "")) == "a");
}

TEST_CASE("a node's address tells an application only when it has the node for itself", "[applications]") {
  ApplicationTable table(100);
  table.Put(OnHostNetwork(MakeExecutor("a", 1, "", "n1")));
  const Identification alone = table.Identify("10.0.0.1", "");
  CHECK(Id(alone) == "a");
  CHECK(alone.caller->by == Recognised::kPodAddress);
  CHECK(alone.caller->pod == "a-exec-1");
  table.Put(OnHostNetwork(MakeExecutor("a", 2, "", "n1")));
  CHECK(Id(table.Identify("10.0.0.1", "")) == "a");
  CHECK(table.Identify("10.0.0.1", "").caller->pod.empty());
  table.Put(OnHostNetwork(MakeExecutor("b", 1, "", "n1")));
  CHECK(table.Identify("10.0.0.1", "").ambiguous);
  // A driver beside another application's executors: who calls?
  table.Remove("default", "b-exec-1");
  table.Put(WithDriverAt(MakeExecutor("c", 1, "10.9.0.9", "n2"), "10.0.0.1"));
  CHECK(table.Identify("10.0.0.1", "").ambiguous);
}

TEST_CASE("an annotation names addresses of a driver behind address translation", "[applications]") {
  ApplicationTable table(100);
  table.Put(WithAnnotation(MakeExecutor("a", 1, "10.9.0.1"), "driver-address", "192.168.7.9, 192.168.8.0/24"));
  table.Put(WithAnnotation(MakeExecutor("b", 1, "10.9.0.2"), "driver-address", "nonsense,,192.168.9.0/33"));
  const Identification a = table.Identify("192.168.7.9", "");
  CHECK(Id(a) == "a");
  CHECK(a.caller->by == Recognised::kAnnotation);
  CHECK(Id(table.Identify("192.168.8.200", "")) == "a");
  CHECK(Id(table.Identify("192.168.9.1", "")).empty());
  // A range that covers another application's pods takes nothing from them.
  table.Put(WithAnnotation(MakeExecutor("c", 1, "10.9.0.3"), "driver-address", "10.0.0.0/8"));
  CHECK(Id(table.Identify("10.9.0.1", "")) == "a");
  CHECK(Id(table.Identify("10.200.0.1", "")) == "c");
  table.Remove("default", "a-exec-1");
  CHECK(Id(table.Identify("192.168.7.9", "")).empty());
}

TEST_CASE("the name by which the front was dialled tells applications apart", "[applications]") {
  ApplicationTable table(100);
  table.Put(WithAnnotation(MakeExecutor("a", 1, "10.9.0.1"), "front-name", "jobs-a"));
  table.Put(WithAnnotation(MakeExecutor("b", 1, "10.9.0.2"), "front-name", "jobs-b"));
  const Identification a = table.Identify("192.168.0.1", "Jobs-A.locus.svc.cluster.local");
  CHECK(Id(a) == "a");
  CHECK(a.caller->by == Recognised::kName);
  CHECK(Id(table.Identify("192.168.0.1", "jobs-b")) == "b");
  CHECK(Id(table.Identify("192.168.0.1", "jobs-c")).empty());
  CHECK(Id(table.Identify("192.168.0.1", "10.1.2.3")).empty());
  // A surer sign wins.
  CHECK(Id(table.Identify("10.9.0.2", "jobs-a")) == "b");
}

TEST_CASE("a name decides among applications that share an address, and for no other", "[applications]") {
  ApplicationTable table(100);
  const auto pod = [](const std::string& application, const std::string& node) {
    return WithAnnotation(OnHostNetwork(MakeExecutor(application, 1, "", node)), "front-name", "name-" + application);
  };
  table.Put(pod("a", "n1"));
  table.Put(pod("b", "n1"));
  table.Put(pod("c", "n2"));
  CHECK(Id(table.Identify("10.0.0.1", "name-a")) == "a");
  CHECK(Id(table.Identify("10.0.0.1", "name-b")) == "b");
  CHECK(table.Identify("10.0.0.1", "name-c").ambiguous);
  CHECK(table.Identify("10.0.0.1", "").ambiguous);
  // One name for two applications tells nothing.
  table.Put(WithAnnotation(MakeExecutor("d", 1, "10.9.0.4"), "front-name", "name-c"));
  CHECK(table.Identify("192.168.0.1", "name-c").ambiguous);
}
