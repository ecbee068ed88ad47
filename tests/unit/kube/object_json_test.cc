#include "kube/object_json.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::kube;

TEST_CASE("a node is its name, hostname label and addresses", "[kube]") {
  // Cut from what kube-apiserver 1.36 answered.
  const auto page = ParseNodeList(R"({"kind":"NodeList","apiVersion":"v1",
    "metadata":{"resourceVersion":"215","continue":"eyJ2IjoibWV0YSJ9","remainingItemCount":3},
    "items":[{"metadata":{"name":"node-a","uid":"c8","labels":{"kubernetes.io/arch":"amd64","kubernetes.io/hostname":"host-a"},
      "managedFields":[{"manager":"x","fieldsV1":{"f:status":{"f:addresses":{}}}}]},
      "spec":{"taints":[{"key":"k","effect":"NoSchedule"}]},
      "status":{"capacity":{"cpu":"4"},"addresses":[{"type":"InternalIP","address":"10.0.0.1"},
        {"type":"Hostname","address":"node-\u0061"}],"nodeInfo":{"machineID":""}}}]})");
  REQUIRE(page.ok());
  CHECK(page->next == "eyJ2IjoibWV0YSJ9");
  REQUIRE(page->items.size() == 1);
  const Node& node = page->items[0];
  CHECK(node.name == "node-a");
  CHECK(node.hostname_label == "host-a");
  REQUIRE(node.addresses.size() == 2);
  CHECK(node.addresses[0].type == "InternalIP");
  CHECK(node.addresses[0].address == "10.0.0.1");
  CHECK(node.addresses[1].type == "Hostname");
  CHECK(node.addresses[1].address == "node-a");
}

TEST_CASE("a pod is its names, node and addresses", "[kube]") {
  const auto page = ParsePodList(R"({"items":[
    {"status":{"podIP":"10.1.0.1","podIPs":[{"ip":"10.1.0.1"},{"ip":"fd00::1"}],"phase":"Running"},
     "spec":{"nodeName":"n","hostname":"h","subdomain":"s","containers":[{"name":"c"}]},
     "metadata":{"namespace":"ns","name":"p"}},
    {"metadata":{"name":"old","namespace":"ns"},"spec":{"nodeName":"n"},"status":{"podIP":"10.1.0.2","phase":"Failed"}},
    {"metadata":{"name":"done","namespace":"ns"},"spec":{},"status":{"phase":"Succeeded"}},
    {"metadata":{"name":"new","namespace":"ns","labels":null},"spec":null,"status":{"podIPs":null}}],
    "metadata":{},"kind":"PodList"})");
  REQUIRE(page.ok());
  CHECK(page->next.empty());
  REQUIRE(page->items.size() == 4);
  const Pod& pod = page->items[0];
  CHECK(pod.space == "ns");
  CHECK(pod.name == "p");
  CHECK(pod.node == "n");
  CHECK(pod.hostname == "h");
  CHECK(pod.subdomain == "s");
  CHECK(pod.ips == std::vector<std::string>{"10.1.0.1", "fd00::1"});
  CHECK_FALSE(pod.finished);
  CHECK(page->items[1].ips == std::vector<std::string>{"10.1.0.2"});
  CHECK(page->items[1].finished);
  CHECK(page->items[2].finished);
  CHECK_FALSE(page->items[3].finished);
  CHECK(page->items[3].node.empty());
}

TEST_CASE("a list without items is empty", "[kube]") {
  CHECK(ParseNodeList(R"({"kind":"NodeList","items":null})")->items.empty());
  CHECK(ParsePodList(R"({"kind":"PodList","metadata":null,"items":[]})")->items.empty());
}

TEST_CASE("what is no list of the kind is refused", "[kube]") {
  for (const char* json :
       {"", "{", "null", "[]", "7", "<html>", R"({"kind":"PodList","items":[]})", R"({"items":[]})",
        R"({"kind":"NodeList","items":{}})", R"({"kind":"NodeList","items":[7]})",
        R"({"kind":"NodeList","items":[{"metadata":{"name":7}}]})",
        R"({"kind":"NodeList","items":[{"status":{"addresses":[{"type":"InternalIP","address":"1.1.1.1"})"}) {
    CAPTURE(json);
    const auto page = ParseNodeList(json);
    REQUIRE_FALSE(page.ok());
    CHECK(page.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(MessageOf(page.status()).find("what answers is no NodeList of Kubernetes: ") == 0);
  }
  CHECK_FALSE(ParseNodeList(R"({"kind":"NodeList","items":)" + std::string(100'000, '[')).ok());
}

TEST_CASE("a refusal's message is cut to a line", "[kube]") {
  CHECK(ParseRefusal(R"({"kind":"Status","message":"nodes is forbidden","code":403})").message == "nodes is forbidden");
  CHECK(ParseRefusal(R"({"message":")" + std::string(10'000, 'x') + R"("})").message.size() == 512);
  CHECK(ParseRefusal("<html>").message.empty());
  CHECK(ParseRefusal(R"({"message":{}})").message.empty());
}
