#include "locusctl/installation/kube_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace locus;
using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

// 2026-01-01T00:00:00Z.
constexpr WallTime kNow{1767225600s};

}  // namespace

TEST_CASE("nodes are open unless cordoned or tainted", "[locusctl]") {
  const auto page = ParseNodes(R"({"metadata": {"continue": "more"}, "items": [
    {"metadata": {"name": "open"}, "spec": {}},
    {"metadata": {"name": "soft"}, "spec": {"taints": [{"key": "a", "effect": "PreferNoSchedule"}]}},
    {"metadata": {"name": "tainted"}, "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}},
    {"metadata": {"name": "cordoned"}, "spec": {"unschedulable": true}}]})");
  REQUIRE(page.ok());
  CHECK(page->next == "more");
  REQUIRE(page->items.size() == 4);
  CHECK(page->items[0].open);
  CHECK(page->items[1].open);
  CHECK_FALSE(page->items[2].open);
  CHECK_FALSE(page->items[3].open);
}

TEST_CASE("a pod's programs are found by container, image or command, sidecars too", "[locusctl]") {
  const auto page = ParsePods(R"({"items": [
    {"metadata": {"name": "s-1"}, "spec": {"nodeName": "n", "serviceAccountName": "sched",
      "initContainers": [{"name": "locus-extender", "image": "reg:5000/locus-extender:0.1.0@sha256:aa"}],
      "containers": [{"name": "scheduler", "image": "reg:5000/kube-scheduler:v1.36.3"}]},
     "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}},
    {"metadata": {"name": "w-1"}, "spec": {"containers": [{"name": "w", "image": "reg:5000/all", "command": ["/usr/bin/locus-worker"]}]},
     "status": {"phase": "Pending", "containerStatuses": [{"name": "w", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}},
    {"metadata": {"name": "other"}, "spec": {"containers": [{"name": "x", "image": "y"}]}, "status": {}}]})");
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 3);
  const PodFact& scheduler = page->items[0];
  CHECK(scheduler.ready);
  CHECK(scheduler.node == "n");
  CHECK(scheduler.account == "sched");
  REQUIRE(scheduler.parts.size() == 2);
  CHECK(scheduler.parts[0].program == "locus-extender");
  CHECK(scheduler.parts[0].tag == "0.1.0");
  CHECK(scheduler.parts[1].program == "kube-scheduler");
  CHECK(scheduler.parts[1].tag == "v1.36.3");
  const PodFact& worker = page->items[1];
  CHECK_FALSE(worker.ready);
  CHECK(worker.waiting == "w: CrashLoopBackOff");
  REQUIRE(Runs(worker, "locus-worker"));
  CHECK(worker.parts[0].tag.empty());
  CHECK(page->items[2].parts.empty());
}

TEST_CASE("a pod is ignored when it waits for a minute and no scheduler has said why", "[locusctl]") {
  const auto names = ParseIgnoredPods(R"({"items": [
    {"metadata": {"name": "old", "namespace": "j", "creationTimestamp": "2025-12-31T23:58:59Z"}, "spec": {}, "status": {}},
    {"metadata": {"name": "new", "namespace": "j", "creationTimestamp": "2025-12-31T23:59:30Z"}, "spec": {}, "status": {}},
    {"metadata": {"name": "full", "namespace": "j", "creationTimestamp": "2025-12-31T23:00:00Z"}, "spec": {},
     "status": {"conditions": [{"type": "PodScheduled", "status": "False"}]}},
    {"metadata": {"name": "gated", "namespace": "j", "creationTimestamp": "2025-12-31T23:00:00Z"},
     "spec": {"schedulingGates": [{"name": "g"}]}, "status": {}}]})",
                                      kNow);
  REQUIRE(names.ok());
  CHECK(names->items == std::vector<std::string>{"j/old"});
}

TEST_CASE("a lease tells its holder and when it was renewed", "[locusctl]") {
  const auto lease = ParseLease(R"({"metadata": {"name": "l", "namespace": "s"}, "spec": {"holderIdentity": "h",
    "leaseDurationSeconds": 15, "renewTime": "2025-12-31T23:59:58.500000Z"}})",
                                kNow);
  REQUIRE(lease.ok());
  CHECK(lease->space == "s");
  CHECK(lease->holder == "h");
  CHECK(lease->duration_s == 15);
  CHECK(lease->renewed_ms_ago == 1500);
  CHECK_FALSE(ParseLease(R"({"spec": {}})", kNow)->renewed_ms_ago);
}

TEST_CASE("schedulers' configurations are found among all ConfigMaps", "[locusctl]") {
  const auto page = ParseSchedulerConfigs(R"({"items": [{"metadata": {"name": "a"}, "data": {"x": "y", "config.yaml":
    "kind: KubeSchedulerConfiguration\nprofiles: [{schedulerName: locus}]\n"}}, {"metadata": {"name": "b"}}]})");
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0].where == "ConfigMap a, config.yaml");
  CHECK(page->items[0].scheduler_names == std::vector<std::string>{"locus"});
}

TEST_CASE("policies count when they speak of Locus", "[locusctl]") {
  const auto page = ParsePolicies(R"({"items": [
    {"metadata": {"name": "ours"}, "spec": {"matchConditions": [{"expression": "'locus.dev/inputs' in x"}]}},
    {"metadata": {"name": "locus.dev/other"}, "spec": {}}]})");
  REQUIRE(page.ok());
  CHECK(page->items == std::vector<std::string>{"ours"});
  CHECK(ParsePolicyBindings(R"({"items": [{"spec": {"policyName": "ours"}}]})")->items ==
        std::vector<std::string>{"ours"});
}

TEST_CASE("a review asks for a service account as the API server knows it", "[locusctl]") {
  const auto review = nlohmann::json::parse(ReviewJson("locus/ext", {"get", "coordination.k8s.io", "leases", "locus"}));
  CHECK(review["spec"]["user"] == "system:serviceaccount:locus:ext");
  CHECK(review["spec"]["groups"][1] == "system:serviceaccounts:locus");
  CHECK(review["spec"]["resourceAttributes"] ==
        nlohmann::json{
            {"verb", "get"}, {"group", "coordination.k8s.io"}, {"resource", "leases"}, {"namespace", "locus"}});
  CHECK(*ParseReview(R"({"status": {"allowed": true}})"));
  CHECK_FALSE(*ParseReview(R"({"status": {"allowed": false}})"));
}

TEST_CASE("what is no API server is told, whatever it sends", "[locusctl]") {
  for (const char* body : {"", "<html>", "[]", "7"}) {
    CHECK_FALSE(ParseNodes(body).ok());
    CHECK_FALSE(ParseLease(body, kNow).ok());
    CHECK_FALSE(ParseReview(body).ok());
    CHECK_FALSE(ParseVersion(body).ok());
  }
  // Wrong kinds of values are absent ones.
  for (const char* body : {R"({"items": [7, {"metadata": 1, "spec": [], "status": "x"}]})", R"({"items": {}})", "{}"}) {
    INFO(body);
    CHECK(ParseNodes(body).ok());
    CHECK(ParsePods(body).ok());
    CHECK(ParseIgnoredPods(body, kNow).ok());
    CHECK(ParseLeases(body, kNow).ok());
    CHECK(ParseSchedulerConfigs(body).ok());
    CHECK(ParsePolicies(body).ok());
  }
  CHECK(*ParseVersion(R"({"gitVersion": "v1.36.3"})") == "v1.36.3");
}
