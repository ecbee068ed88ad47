#include <catch2/catch.hpp>

#include "common/status.h"
#include "kube/object_json.h"

using namespace locus;
using namespace locus::kube;
using std::chrono::seconds;

namespace {

Pod OnePod(const std::string& json) {
  auto page = ParsePodList(R"({"kind":"PodList","items":[)" + json + "]}");
  if (!page.ok()) FAIL(MessageOf(page.status()));
  return page->items.at(0);
}

Node OneNode(const std::string& json) {
  auto page = ParseNodeList(R"({"kind":"NodeList","items":[)" + json + "]}");
  if (!page.ok()) FAIL(MessageOf(page.status()));
  return page->items.at(0);
}

using Texts = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("a list has a version to watch from", "[kube]") {
  CHECK(ParsePodList(R"({"kind":"PodList","metadata":{"resourceVersion":"10245"},"items":[]})")->version == "10245");
}

TEST_CASE("a node tells what it has for pods, its labels, and what keeps pods away", "[kube]") {
  // `kubectl get node -o json`, cut.
  const Node node = OneNode(R"({"metadata":{"name":"gpu-1","labels":{"kubernetes.io/hostname":"gpu-1","disk":"ssd",
      "topology.kubernetes.io/zone":"eu-1a"},"annotations":{"locus.dev/x":"y"}},
    "spec":{"unschedulable":true,"taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule",
      "timeAdded":"2026-01-31T09:05:00Z"},{"key":"dedicated","value":"ml","effect":"NoExecute"}]},
    "status":{"capacity":{"cpu":"4","pods":"250"},"allocatable":{"cpu":"3920m","ephemeral-storage":"47093746742",
      "hugepages-2Mi":"0","memory":"15Gi","nvidia.com/gpu":"8","pods":"110"}}})");
  CHECK(node.labels ==
        Texts{{"kubernetes.io/hostname", "gpu-1"}, {"disk", "ssd"}, {"topology.kubernetes.io/zone", "eu-1a"}});
  CHECK(node.hostname_label == "gpu-1");
  CHECK(node.allocatable.cpu_milli == 3920);
  CHECK(node.allocatable.memory_bytes == 16106127360);
  CHECK(node.allocatable.pods == 110);
  CHECK(node.allocatable.others == std::map<std::string, int64_t>{{"ephemeral-storage", 47093746742},
                                                                  {"hugepages-2Mi", 0},
                                                                  {"nvidia.com/gpu", 8}});
  CHECK(node.cordoned);
  REQUIRE(node.taints.size() == 2);
  CHECK(node.taints[0].key == "node.kubernetes.io/unschedulable");
  CHECK(node.taints[0].value.empty());
  CHECK(node.taints[0].effect == "NoSchedule");
  CHECK(node.taints[1].value == "ml");
  CHECK(node.taints[1].effect == "NoExecute");
}

TEST_CASE("a node that says nothing takes pods", "[kube]") {
  const Node node = OneNode(R"({"metadata":{"name":"n","labels":null},"spec":{"taints":null},"status":{}})");
  CHECK_FALSE(node.cordoned);
  CHECK(node.taints.empty());
  CHECK(node.labels.empty());
  CHECK(node.allocatable.pods == 0);
}

TEST_CASE("a pod tells who it is, whose it is and what it waits for", "[kube]") {
  const Pod pod = OnePod(R"({"metadata":{"name":"e","namespace":"spark","uid":"4c1f","labels":{"spark-role":"executor"},
      "annotations":{"locus.dev/inputs":"alluxio:///a","locus.dev/policy":"wait","kubernetes.io/psp":"x","locus.device":"n"},
      "ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"driver","uid":"77aa","controller":true},
        {"apiVersion":"v1","kind":"ConfigMap","name":"c","uid":"1"}],
      "creationTimestamp":"2026-01-31T09:05:00Z","deletionTimestamp":"2026-01-31T09:06:00Z"},
    "spec":{"schedulerName":"locus","schedulingGates":[{"name":"locus.dev/locality"},{"name":"example.com/quota"}]},
    "status":{"phase":"Pending"}})");
  CHECK(pod.uid == "4c1f");
  CHECK(pod.scheduler == "locus");
  CHECK(pod.labels == Texts{{"spark-role", "executor"}});
  CHECK(pod.annotations == Texts{{"locus.dev/inputs", "alluxio:///a"}, {"locus.dev/policy", "wait"}});
  REQUIRE(pod.owners.size() == 2);
  CHECK(pod.owners[0].kind == "Pod");
  CHECK(pod.owners[0].name == "driver");
  CHECK(pod.owners[0].uid == "77aa");
  CHECK(pod.owners[0].controller);
  CHECK_FALSE(pod.owners[1].controller);
  CHECK(pod.created == WallTime(seconds(1769850300)));
  CHECK(pod.deleted);
  CHECK_FALSE(pod.finished);
  CHECK(pod.gates == std::vector<std::string>{"locus.dev/locality", "example.com/quota"});
  CHECK_FALSE(OnePod(R"({"metadata":{"deletionTimestamp":null}})").deleted);
}

TEST_CASE("a pod's containers, sidecars, totals and overhead are one request", "[kube]") {
  const Pod pod = OnePod(R"({"spec":{
    "containers":[
      {"name":"app","resources":{"requests":{"cpu":"250m","memory":"64Mi","nvidia.com/gpu":"1"},"limits":{"cpu":"9"}}},
      {"name":"log","resources":{"requests":{"cpu":"0.5","memory":"32Mi"}}},{"name":"none","resources":{}}],
    "initContainers":[
      {"name":"proxy","restartPolicy":"Always","resources":{"requests":{"cpu":"100m","memory":"16Mi"}}},
      {"name":"load","resources":{"requests":{"cpu":"2","memory":"8Mi"}}}],
    "overhead":{"cpu":"10m","memory":"1Mi"}}})");
  // cpu: the larger of 250 + 500 + 100 and 100 + 2000, and 10. memory: 64 + 32 + 16 is more than 16 + 8; and 1.
  CHECK(pod.requests.cpu_milli == 2110);
  CHECK(pod.requests.memory_bytes == int64_t{113} << 20);
  CHECK(pod.requests.others == std::map<std::string, int64_t>{{"nvidia.com/gpu", 1}});
  CHECK(pod.requests.pods == 1);
  const Pod total = OnePod(R"({"spec":{"resources":{"requests":{"cpu":"4"},"limits":{"cpu":"8"}},
    "containers":[{"resources":{"requests":{"cpu":"1","memory":"1Gi"}}}]}})");
  CHECK(total.requests.cpu_milli == 4000);
  CHECK(total.requests.memory_bytes == int64_t{1} << 30);
}

TEST_CASE("a pod tells which nodes it may go to", "[kube]") {
  // After https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity.
  const PodConstraints constraints = OnePod(R"({"spec":{"nodeSelector":{"disk":"ssd"},"affinity":{
      "podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"x"}]},
      "nodeAffinity":{
        "preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"preference":{"matchExpressions":[
          {"key":"another","operator":"In","values":["x"]}]}}],
        "requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
          {"matchExpressions":[{"key":"topology.kubernetes.io/zone","operator":"In","values":["east1","west1"]},
            {"key":"gpu","operator":"DoesNotExist"}]},
          {"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]},{}]}}},
    "tolerations":[{"key":"dedicated","value":"ml","effect":"NoSchedule"},{"operator":"Exists","tolerationSeconds":300}]
    }})")
                                         .constraints;
  CHECK(constraints.node_selector == Texts{{"disk", "ssd"}});
  REQUIRE(constraints.affinity.has_value());
  // The empty term holds for no node.
  REQUIRE(constraints.affinity->size() == 2);
  const NodeTerm& labels = (*constraints.affinity)[0];
  REQUIRE(labels.size() == 2);
  CHECK(labels[0].key == "topology.kubernetes.io/zone");
  CHECK(labels[0].op == "In");
  CHECK(labels[0].values == std::vector<std::string>{"east1", "west1"});
  CHECK_FALSE(labels[0].of_field);
  CHECK(labels[1].op == "DoesNotExist");
  CHECK(labels[1].values.empty());
  const NodeTerm& fields = (*constraints.affinity)[1];
  REQUIRE(fields.size() == 1);
  CHECK(fields[0].of_field);
  CHECK(fields[0].key == "metadata.name");
  REQUIRE(constraints.tolerations.size() == 2);
  CHECK(constraints.tolerations[0].op == "Equal");
  CHECK(constraints.tolerations[0].value == "ml");
  CHECK(constraints.tolerations[1].key.empty());
  CHECK(constraints.tolerations[1].op == "Exists");
}

TEST_CASE("an affinity that only prefers is no constraint, and one that nothing can meet is one", "[kube]") {
  CHECK_FALSE(OnePod(R"({"spec":{"affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[]}}}})")
                  .constraints.affinity.has_value());
  CHECK_FALSE(OnePod(R"({"spec":{"affinity":null}})").constraints.affinity.has_value());
  CHECK_FALSE(
      OnePod(R"({"spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":null}}}})")
          .constraints.affinity.has_value());
  const auto nowhere = OnePod(R"({"spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
    {"nodeSelectorTerms":[{}]}}}}})")
                           .constraints.affinity;
  REQUIRE(nowhere.has_value());
  CHECK(nowhere->empty());
}

TEST_CASE("amounts and times that are none are refused by name", "[kube]") {
  const auto problem = [](const std::string& pod) {
    return MessageOf(ParsePodList(R"({"kind":"PodList","items":[)" + pod + "]}").status());
  };
  CHECK(problem(R"({"spec":{"containers":[{"resources":{"requests":{"cpu":"much"}}}]}})") ==
        "what answers is no PodList of Kubernetes: 'much' is no quantity such as 100m, 0.5 or 1Gi");
  CHECK(problem(R"({"metadata":{"creationTimestamp":"soon"}})") ==
        "what answers is no PodList of Kubernetes: 'soon' is no time such as 2026-01-31T09:05:00Z");
}

TEST_CASE("an executor tells its host, its driver's host and by what name its client goes", "[kube]") {
  // As Spark makes it and a kubelet fills it in, cut; the environment stands before the addresses that it refers to.
  const Pod pod = OnePod(R"json({"metadata":{"name":"e","namespace":"ns"},
    "spec":{"nodeName":"n1","hostNetwork":true,"initContainers":[{"name":"i","env":[
      {"name":"SPARK_DRIVER_URL","value":"spark://CoarseGrainedScheduler@10.0.0.1:1"}]}],
      "containers":[{"name":"sidecar","env":[{"name":"A","value":"b"}]},{"name":"executor","env":[
      {"name":"HOST_IP","valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"status.hostIP"}}},
      {"name":"SECRET","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},
      {"name":"SPARK_DRIVER_URL","value":"spark://CoarseGrainedScheduler@192.168.1.5:7078"},
      {"name":"SPARK_JAVA_OPT_0","value":"-Dalluxio.user.hostname=$(HOST_IP)"},{"name":"EMPTY"}]}]},
    "status":{"phase":"Running","hostIP":"10.0.0.7","podIP":"10.9.0.1"}})json");
  CHECK(pod.host_network);
  CHECK(pod.host_ip == "10.0.0.7");
  CHECK(pod.spark_driver_host == "192.168.1.5");
  CHECK(pod.alluxio_user_hostname == "10.0.0.7");
}

TEST_CASE("a pod without such an environment keeps nothing of it", "[kube]") {
  const Pod pod = OnePod(R"({"metadata":{"name":"e","namespace":"ns"},"spec":{"containers":[{"name":"c","env":null},
    {"name":"d","env":[{"name":"PATH","value":"/bin"}]}]},"status":{}})");
  CHECK_FALSE(pod.host_network);
  CHECK(pod.host_ip.empty());
  CHECK(pod.spark_driver_host.empty());
  CHECK(pod.alluxio_user_hostname.empty());
}
