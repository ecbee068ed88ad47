#include "alluxio_meta/nodes/node_matcher.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "alluxio_meta/nodes/node_directory.h"

using namespace locus::meta;

namespace {

// As in a cluster on a cloud: three nodes, a worker pod on the pod network on each of the first two, one on the host's
// network on the third.
const NodeMatcher& Cluster() {
  static const NodeMatcher matcher(
      NodeDirectory{{{"gke-pool-a1",
                      "a1-host",
                      {{"InternalIP", "10.0.0.1"},
                       {"InternalIP", "fd00::a1"},
                       {"ExternalIP", "34.1.1.1"},
                       {"Hostname", "gke-pool-a1.c.project.internal"}}},
                     {"gke-pool-b2",
                      "gke-pool-b2",
                      {{"InternalIP", "10.0.0.2"},
                       {"InternalDNS", "ip-10-0-0-2.ec2.internal"},
                       {"ExternalDNS", "ec2-34-1-1-2.amazonaws.com"}}},
                     {"c3.rack.example.org", "", {{"InternalIP", "10.0.0.3"}}}},
                    {{"alluxio", "alluxio-worker-x7k2p", "gke-pool-a1", {"10.244.1.7", "fd00:244::1:7"}, "", ""},
                     {"alluxio", "alluxio-worker-0", "gke-pool-b2", {"10.244.2.9"}, "", "workers"},
                     {"alluxio", "alluxio-worker-pg9wz", "c3.rack.example.org", {"10.0.0.3"}, "custom", ""},
                     {"alluxio", "alluxio-worker-pending", "", {}, "", ""}}});
  return matcher;
}

// "node (fact)", or "unmatched".
std::string Matched(const NodeMatcher& matcher, const WorkerIdentity& worker) {
  const NodeMatch match = matcher.Match(worker);
  // Either a node and how it was found, or a reason.
  CHECK(match.node.empty() == match.matched_by.empty());
  CHECK(match.node.empty() != match.problem.empty());
  return match.node.empty() ? "unmatched" : match.node + " (" + std::string(match.matched_by) + ")";
}

std::string Matched(const WorkerIdentity& worker) { return Matched(Cluster(), worker); }

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("host is the node's internal address", "[nodes]") {
  CHECK(Matched({"10.0.0.1", "10.244.1.7", "10.0.0.1"}) == "gke-pool-a1 (node address)");
  CHECK(Matched({"fd00::a1", "", ""}) == "gke-pool-a1 (node address)");
}

TEST_CASE("host is the pod's address", "[nodes]") {
  CHECK(Matched({"10.244.2.9", "", ""}) == "gke-pool-b2 (pod address)");
  CHECK(Matched({"fd00:244::1:7", "", ""}) == "gke-pool-a1 (pod address)");
}

TEST_CASE("host is the node's name", "[nodes]") {
  CHECK(Matched({"gke-pool-a1", "", ""}) == "gke-pool-a1 (node name)");
  CHECK(Matched({"c3.rack.example.org", "", ""}) == "c3.rack.example.org (node name)");
}

TEST_CASE("host is the node's hostname label", "[nodes]") {
  CHECK(Matched({"a1-host", "", ""}) == "gke-pool-a1 (hostname label)");
}

TEST_CASE("host is the node's full or cloud DNS name", "[nodes]") {
  CHECK(Matched({"gke-pool-a1.c.project.internal", "", ""}) == "gke-pool-a1 (node address)");
  CHECK(Matched({"ip-10-0-0-2.ec2.internal", "", ""}) == "gke-pool-b2 (node address)");
  CHECK(Matched({"ec2-34-1-1-2.amazonaws.com", "", ""}) == "gke-pool-b2 (external address)");
}

TEST_CASE("host is the pod's name", "[nodes]") {
  CHECK(Matched({"alluxio-worker-x7k2p", "", ""}) == "gke-pool-a1 (pod name)");
  CHECK(Matched({"custom", "", ""}) == "c3.rack.example.org (pod name)");
}

TEST_CASE("host is the full name of a StatefulSet's pod", "[nodes]") {
  CHECK(Matched({"alluxio-worker-0.workers.alluxio.svc.cluster.local", "", ""}) == "gke-pool-b2 (pod name)");
  CHECK(Matched({"alluxio-worker-0.workers.alluxio.svc.corp.example.", "", ""}) == "gke-pool-b2 (pod name)");
  CHECK(Matched({"alluxio-worker-0.workers.alluxio.svc", "", ""}) == "gke-pool-b2 (pod name)");
  CHECK(Matched({"alluxio-worker-0.workers", "", ""}) == "gke-pool-b2 (pod name)");
  // Another namespace is another pod.
  CHECK(Matched({"alluxio-worker-0.workers.other.svc.cluster.local", "", ""}) == "unmatched");
  CHECK(Matched({"alluxio-worker-0.workers.alluxio.svcx.local", "", ""}) == "unmatched");
}

TEST_CASE("host is the pod's reverse-DNS name with dashes", "[nodes]") {
  CHECK(Matched({"10-244-1-7.alluxio-worker.alluxio.svc.cluster.local", "", ""}) == "gke-pool-a1 (dashed pod address)");
  CHECK(Matched({"fd00-244--1-7.alluxio.pod.cluster.local", "", ""}) == "gke-pool-a1 (dashed pod address)");
  CHECK(Matched({"10-244-9-9.alluxio.pod.cluster.local", "", ""}) == "unmatched");
}

TEST_CASE("host is the node's external address", "[nodes]") {
  CHECK(Matched({"34.1.1.1", "", ""}) == "gke-pool-a1 (external address)");
}

TEST_CASE("host is outside of the cluster", "[nodes]") {
  const NodeMatch match = Cluster().Match({"vm-17.corp.example", "192.168.3.4", "vm-17.corp.example"});
  CHECK(match.node.empty());
  CHECK(match.problem ==
        "no node or worker pod is called 'vm-17.corp.example' or '192.168.3.4': a worker outside of the cluster; "
        "nodes.known can name its node");
}

TEST_CASE("the container's address finds the pod when the host says nothing", "[nodes]") {
  CHECK(Matched({"some-alias", "10.244.2.9", ""}) == "gke-pool-b2 (container address)");
  // The host is the surer fact.
  CHECK(Matched({"10.0.0.1", "10.244.2.9", ""}) == "gke-pool-a1 (node address)");
}

TEST_CASE("the tiered identity names the node when neither address does", "[nodes]") {
  CHECK(Matched({"some-alias", "", "gke-pool-b2"}) == "gke-pool-b2 (tiered identity)");
  CHECK(Matched({"some-alias", "", "A1-Host"}) == "gke-pool-a1 (tiered identity)");
  CHECK(Matched({"some-alias", "172.16.0.1", "10.0.0.3"}) == "c3.rack.example.org (tiered identity)");
  CHECK(Matched({"some-alias", "10.244.2.9", "gke-pool-a1"}) == "gke-pool-b2 (container address)");
  // A pod's name is a weaker fact than the identity.
  CHECK(Matched({"alluxio-worker-0", "", "gke-pool-a1"}) == "gke-pool-a1 (tiered identity)");
}

TEST_CASE("a short name matches a longer one with the same beginning, both ways", "[nodes]") {
  CHECK(Matched({"c3", "", ""}) == "c3.rack.example.org (short name)");
  CHECK(Matched({"c3.rack", "", ""}) == "c3.rack.example.org (short name)");
  CHECK(Matched({"gke-pool-b2.anything.example", "", ""}) == "gke-pool-b2 (short name)");
  // Two domains may be two machines.
  CHECK(Matched({"c3.other.example.org", "", ""}) == "unmatched");
  CHECK(Matched({"c", "", ""}) == "unmatched");
  // No address has a short form.
  CHECK(Matched({"10", "", ""}) == "unmatched");
}

TEST_CASE("names and addresses are compared in one form", "[nodes]") {
  CHECK(Matched({"GKE-Pool-A1.", "", ""}) == "gke-pool-a1 (node name)");
  CHECK(Matched({"[FD00:0::A1]", "", ""}) == "gke-pool-a1 (node address)");
  CHECK(Matched({"fd00::a1%eth0", "", ""}) == "gke-pool-a1 (node address)");
  CHECK(Matched({"::ffff:10.0.0.2", "", ""}) == "gke-pool-b2 (node address)");
  CHECK(Matched({"x", "::ffff:10.244.2.9", ""}) == "gke-pool-b2 (container address)");
}

TEST_CASE("a fact that fits two nodes decides nothing", "[nodes]") {
  const NodeMatcher matcher(NodeDirectory{
      {{"old", "", {{"InternalIP", "10.0.0.9"}}},
       {"new", "", {{"InternalIP", "10.0.0.9"}}},
       {"n1.a", "", {}},
       {"n1.b", "", {}}},
      {{"prod", "worker-0", "old", {"10.1.0.1"}, "", ""}, {"test", "worker-0", "new", {"10.1.0.2"}, "", ""}}});
  const NodeMatch address = matcher.Match({"10.0.0.9", "", "10.0.0.9"});
  CHECK(address.node.empty());
  CHECK(address.problem ==
        "'10.0.0.9' (node address) fits 2 nodes: old, new; set alluxio.worker.hostname of each worker "
        "to its node's IP (status.hostIP)");
  CHECK(Has(matcher.Match({"worker-0", "", ""}).problem, "'worker-0' (pod name) fits 2 nodes: old, new"));
  CHECK(Has(matcher.Match({"n1", "", ""}).problem, "'n1' (short name) fits 2 nodes: n1.a, n1.b"));
  CHECK(Matched(matcher, {"n1.a", "", ""}) == "n1.a (node name)");

  SECTION("a weaker fact chooses among them, and never another") {
    CHECK(Matched(matcher, {"10.0.0.9", "10.1.0.2", ""}) == "new (container address)");
    CHECK(Matched(matcher, {"10.0.0.9", "", "old"}) == "old (tiered identity)");
    CHECK(Matched(matcher, {"10.0.0.9", "", "n1.a"}) == "unmatched");
  }
}

TEST_CASE("many nodes that fit are counted, and a few are named", "[nodes]") {
  NodeDirectory directory;
  for (int i = 0; i < 9; ++i) directory.nodes.push_back({"n" + std::to_string(i), "same", {}});
  CHECK(Has(NodeMatcher(directory).Match({"same", "", ""}).problem, "fits 9 nodes: n0, n1, n2, ...;"));
}

TEST_CASE("facts that agree are no ambiguity", "[nodes]") {
  // On the host's network two releases of Alluxio share a node's address, and the pods may be listed twice.
  const NodeMatcher matcher(
      NodeDirectory{{{"a", "a", {{"InternalIP", "10.0.0.1"}, {"Hostname", "a"}}}, {"a", "a", {}}},
                    {{"one", "w", "a", {"10.0.0.1"}, "", ""}, {"two", "w", "a", {"10.0.0.1"}, "", ""}}});
  CHECK(Matched(matcher, {"10.0.0.1", "", ""}) == "a (node address)");
  CHECK(Matched(matcher, {"w", "", ""}) == "a (pod name)");
  CHECK(Matched(matcher, {"a.example", "", ""}) == "a (short name)");
}

TEST_CASE("a pod finds its node before the node is listed", "[nodes]") {
  const NodeMatcher matcher(NodeDirectory{{}, {{"x", "w-0", "fresh", {"10.1.0.1"}, "", ""}}});
  CHECK(Matched(matcher, {"10.1.0.1", "", ""}) == "fresh (pod address)");
  CHECK(Matched(matcher, {"fresh", "", ""}) == "unmatched");
}

TEST_CASE("without nodes or pods the reason says what to configure", "[nodes]") {
  CHECK(NodeMatcher().Match({"10.0.0.1", "", ""}).problem ==
        "no node is known: name them under nodes.known, or the API server under nodes.kubernetes");
  const NodeMatcher no_pods(NodeDirectory{{{"a", "", {}}}, {}});
  CHECK(Has(no_pods.Match({"10.9.9.9", "", ""}).problem, "nodes.kubernetes.worker_selector finds none"));
}

TEST_CASE("absent facts match nothing", "[nodes]") {
  const NodeMatcher matcher(
      NodeDirectory{{{"a", "", {{"InternalIP", ""}, {"Hostname", "."}}}, {"", "x", {{"", "1.1.1.1"}}}},
                    {{"x", "", "a", {""}, "", ""}}});
  CHECK(Matched(matcher, {"", "", ""}) == "unmatched");
  CHECK(Matched(matcher, {".", "[]", "."}) == "unmatched");
  CHECK(Matched(matcher, {"1.1.1.1", "", ""}) == "unmatched");
  CHECK(Matched({std::string(1'000'000, 'x'), "", ""}) == "unmatched");
  CHECK(Cluster().Match({std::string(1'000'000, 'x'), "", ""}).problem.size() < 1000);
}

TEST_CASE("ten thousand workers find their places among five thousand nodes in no time", "[nodes]") {
  NodeDirectory directory;
  const auto octets = [](int i) { return std::to_string(i / 250) + "." + std::to_string(i % 250 + 1); };
  for (int i = 0; i < 5000; ++i) {
    const std::string name = "ip-10-0-" + std::to_string(i) + ".compute.internal";
    directory.nodes.push_back({name, name, {{"InternalIP", "10.0." + octets(i)}, {"Hostname", name}}});
  }
  for (int i = 0; i < 10'000; ++i) {
    directory.pods.push_back({"alluxio",
                              "worker-" + std::to_string(i),
                              directory.nodes[static_cast<size_t>(i) / 2].name,
                              {"10.200." + octets(i)},
                              "",
                              "workers"});
  }
  const auto start = std::chrono::steady_clock::now();
  const NodeMatcher matcher(directory);
  size_t right = 0;
  for (int i = 0; i < 10'000; ++i) {
    // From the first fact that is tried to the last.
    const std::string& node = directory.nodes[static_cast<size_t>(i) / 2].name;
    const WorkerIdentity worker = i % 3 == 0   ? WorkerIdentity{"10.0." + octets(i / 2), "", ""}
                                  : i % 3 == 1 ? WorkerIdentity{"alias", "10.200." + octets(i), "alias"}
                                               : WorkerIdentity{node.substr(0, node.find('.')), "", "alias"};
    right += matcher.Match(worker).node == node ? 1 : 0;
  }
  CHECK(right == 10'000);
  // Some 50 ms here; a scan of the nodes for each worker would take minutes with sanitizers.
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}
