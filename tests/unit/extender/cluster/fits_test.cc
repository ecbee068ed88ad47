#include "extender/cluster/fits.h"

#include <catch2/catch.hpp>

#include "tests/unit/extender/cluster/objects.h"

using namespace locus;
using namespace locus::extender;

namespace {

kube::Node TestNode() {
  kube::Node node = MakeNode("n1");
  node.labels = {{"disk", "ssd"}, {"cores", "16"}, {"empty", ""}, {"name", "n7"}};
  return node;
}

bool Held(std::vector<kube::NodeTerm> terms) {
  kube::PodConstraints constraints;
  constraints.affinity = std::move(terms);
  return MayRun(constraints, NodeShape(TestNode()));
}
bool Held(const std::string& key, const std::string& op, std::vector<std::string> values) {
  return Held({{{key, false, op, std::move(values)}}});
}
bool FieldHeld(const std::string& key, const std::string& op, std::vector<std::string> values) {
  return Held({{{key, true, op, std::move(values)}}});
}

bool Tolerated(kube::Taint taint, std::vector<kube::Toleration> tolerations) {
  kube::Node node = TestNode();
  node.taints = {std::move(taint)};
  kube::PodConstraints constraints;
  constraints.tolerations = std::move(tolerations);
  return MayRun(constraints, NodeShape(node));
}

}  // namespace

TEST_CASE("a pod without wishes may run on a node without taints", "[fits]") {
  CHECK(MayRun({}, NodeShape(TestNode())));
}

TEST_CASE("all labels of a node selector must be there, with their values", "[fits]") {
  const NodeShape node(TestNode());
  kube::PodConstraints constraints;
  constraints.node_selector = {{"disk", "ssd"}, {"empty", ""}};
  CHECK(MayRun(constraints, node));
  constraints.node_selector.emplace("cores", "8");
  CHECK_FALSE(MayRun(constraints, node));
  constraints.node_selector = {{"absent", ""}};
  CHECK_FALSE(MayRun(constraints, node));
}

TEST_CASE("each operator of node affinity means what kube-scheduler takes it for", "[fits]") {
  CHECK(Held("disk", "In", {"hdd", "ssd"}));
  CHECK_FALSE(Held("disk", "In", {"hdd"}));
  CHECK_FALSE(Held("absent", "In", {""}));
  CHECK(Held("disk", "NotIn", {"hdd"}));
  CHECK_FALSE(Held("disk", "NotIn", {"hdd", "ssd"}));
  // A node without the label is in no set of values.
  CHECK(Held("absent", "NotIn", {"ssd"}));
  CHECK(Held("empty", "Exists", {}));
  CHECK_FALSE(Held("absent", "Exists", {}));
  CHECK(Held("absent", "DoesNotExist", {}));
  CHECK_FALSE(Held("empty", "DoesNotExist", {}));
  CHECK(Held("cores", "Gt", {"15"}));
  CHECK_FALSE(Held("cores", "Gt", {"16"}));
  CHECK(Held("cores", "Lt", {"17"}));
  CHECK_FALSE(Held("cores", "Lt", {"16"}));
}

TEST_CASE("a requirement that makes no sense holds nowhere", "[fits]") {
  CHECK_FALSE(Held("disk", "Gt", {"1"}));
  CHECK_FALSE(Held("empty", "Lt", {"1"}));
  CHECK_FALSE(Held("absent", "Gt", {"1"}));
  CHECK_FALSE(Held("cores", "Gt", {"many"}));
  CHECK_FALSE(Held("cores", "Gt", {"1", "2"}));
  CHECK_FALSE(Held("cores", "Lt", {"99999999999999999999"}));
  CHECK_FALSE(Held("disk", "Near", {"ssd"}));
  CHECK_FALSE(Held("disk", "NotIn", {}));
  CHECK_FALSE(Held("disk", "Exists", {"ssd"}));
}

TEST_CASE("one term of node affinity is enough, all requirements of a term are needed", "[fits]") {
  const kube::NodeRequirement holds{"disk", false, "In", {"ssd"}};
  const kube::NodeRequirement fails{"disk", false, "In", {"hdd"}};
  CHECK(Held({{fails}, {holds}}));
  CHECK_FALSE(Held({{fails, holds}}));
  CHECK_FALSE(Held({{fails}, {fails}}));
}

TEST_CASE("an empty term and an empty list of terms mean no node", "[fits]") {
  CHECK_FALSE(Held(std::vector<kube::NodeTerm>{}));
  CHECK_FALSE(Held(std::vector<kube::NodeTerm>{{}}));
}

TEST_CASE("a term may name the node itself, by one value", "[fits]") {
  CHECK(FieldHeld("metadata.name", "In", {"n1"}));
  CHECK_FALSE(FieldHeld("metadata.name", "In", {"n2"}));
  CHECK(FieldHeld("metadata.name", "NotIn", {"n2"}));
  CHECK_FALSE(FieldHeld("metadata.name", "NotIn", {"n1"}));
  CHECK_FALSE(FieldHeld("metadata.name", "In", {"n1", "n2"}));
  CHECK_FALSE(FieldHeld("metadata.name", "Exists", {}));
  CHECK_FALSE(FieldHeld("spec.unschedulable", "In", {"n1"}));
  // A label of that name is something else.
  CHECK_FALSE(Held("metadata.name", "In", {"n1"}));
}

TEST_CASE("taints keep pods away that do not tolerate them", "[fits]") {
  for (const char* effect : {"NoSchedule", "NoExecute"}) {
    INFO(effect);
    const kube::Taint taint{"gpu", "yes", effect};
    CHECK_FALSE(Tolerated(taint, {}));
    CHECK(Tolerated(taint, {{"gpu", "Equal", "yes", effect}}));
    CHECK(Tolerated(taint, {{"gpu", "", "yes", effect}}));
    CHECK_FALSE(Tolerated(taint, {{"gpu", "Equal", "no", effect}}));
    CHECK(Tolerated(taint, {{"gpu", "Exists", "", effect}}));
    CHECK_FALSE(Tolerated(taint, {{"other", "Exists", "", effect}}));
    CHECK_FALSE(Tolerated(taint, {{"gpu", "Exists", "", "PreferNoSchedule"}}));
  }
}

TEST_CASE("an empty key tolerates every taint, an empty effect every effect", "[fits]") {
  CHECK(Tolerated({"gpu", "yes", "NoSchedule"}, {{"", "Exists", "", ""}}));
  CHECK(Tolerated({"gpu", "yes", "NoExecute"}, {{"gpu", "Equal", "yes", ""}}));
  CHECK(Tolerated({"gpu", "yes", "NoExecute"}, {{"", "Exists", "", "NoExecute"}}));
  CHECK_FALSE(Tolerated({"gpu", "yes", "NoExecute"}, {{"", "Exists", "", "NoSchedule"}}));
  CHECK_FALSE(Tolerated({"gpu", "yes", "NoExecute"}, {{"", "Near", "", ""}}));
}

TEST_CASE("a preference not to be scheduled keeps nobody away", "[fits]") {
  CHECK(Tolerated({"gpu", "yes", "PreferNoSchedule"}, {}));
}

TEST_CASE("each taint needs a toleration", "[fits]") {
  kube::Node node = TestNode();
  node.taints = {{"a", "", "NoSchedule"}, {"b", "", "NoSchedule"}};
  kube::PodConstraints constraints;
  constraints.tolerations = {{"a", "Exists", "", ""}};
  CHECK_FALSE(MayRun(constraints, NodeShape(node)));
  constraints.tolerations.push_back({"b", "Exists", "", ""});
  CHECK(MayRun(constraints, NodeShape(node)));
}

TEST_CASE("a cordoned node takes only pods that tolerate it", "[fits]") {
  kube::Node node = TestNode();
  node.cordoned = true;
  kube::PodConstraints constraints;
  CHECK_FALSE(MayRun(constraints, NodeShape(node)));
  constraints.tolerations = {{"node.kubernetes.io/unschedulable", "Exists", "", "NoSchedule"}};
  CHECK(MayRun(constraints, NodeShape(node)));
}
