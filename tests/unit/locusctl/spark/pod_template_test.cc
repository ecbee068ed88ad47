#include "locusctl/spark/pod_template.h"

#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::ctl;

namespace {

constexpr TemplateWishes kPlain{};
constexpr TemplateWishes kGated{true, false, true};
constexpr TemplateWishes kHostNetwork{false, true, true};

std::string Written(const TemplateWishes& wishes, std::string_view own = "", std::string_view container = "") {
  const absl::StatusOr<std::string> text = WritePodTemplate(wishes, own, container);
  INFO(text.status());
  REQUIRE(text.ok());
  return *text;
}

std::string Refused(const TemplateWishes& wishes, std::string_view own, std::string_view container = "") {
  const absl::StatusOr<std::string> text = WritePodTemplate(wishes, own, container);
  CHECK(absl::IsInvalidArgument(text.status()));
  return MessageOf(text.status());
}

constexpr const char* kOwn = R"(kind: Pod
apiVersion: v1
metadata:
  labels: {team: "17", on: "true", "quoted": 'it''s'}
spec:
  terminationGracePeriodSeconds: 5
  tolerations: []
  containers:
    - name: side
    - name: main
      image: &image busybox:1
      env:
        - {name: FIRST, value: "1"}
      args: ["-c", "a: b"]
      resources: {}
  volumes:
    - name: x
      configMap: {name: *image}
)";

}  // namespace

TEST_CASE("without a template of the user the whole text is this", "[locusctl]") {
  CHECK(Written(kGated) == R"(apiVersion: v1
kind: Pod
spec:
  schedulingGates:
    - name: locus.dev/locality
  containers:
    - name: spark-kubernetes-executor
      env:
        - name: HOST_IP
          valueFrom:
            fieldRef:
              fieldPath: status.hostIP
)");
  CHECK(Written(kHostNetwork).find("  hostNetwork: true\n  dnsPolicy: ClusterFirstWithHostNet\n") != std::string::npos);
}

TEST_CASE("the user's template keeps all it has, strings as strings", "[locusctl]") {
  const std::string text = Written(kGated, kOwn);
  CHECK(text.find("apiVersion: v1\nkind: Pod\n") == 0);
  CHECK(text.find("team: \"17\"") != std::string::npos);
  CHECK(text.find("on: \"true\"") != std::string::npos);
  CHECK(text.find("terminationGracePeriodSeconds: 5\n") != std::string::npos);
  const YAML::Node pod = YAML::Load(text);
  CHECK(pod["metadata"]["labels"]["quoted"].Scalar() == "it's");
  CHECK(pod["spec"]["tolerations"].IsSequence());
  CHECK(pod["spec"]["containers"][1]["resources"].IsMap());
  CHECK(pod["spec"]["containers"][1]["args"][1].Scalar() == "a: b");
  CHECK(pod["spec"]["volumes"][0]["configMap"]["name"].Scalar() == "busybox:1");
  CHECK(pod["spec"]["schedulingGates"].size() == 1);
}

TEST_CASE("the node's address is the first variable of the executor's container", "[locusctl]") {
  const YAML::Node first = YAML::Load(Written(kPlain, kOwn))["spec"]["containers"];
  CHECK(first[0]["env"][0]["name"].Scalar() == "HOST_IP");
  CHECK_FALSE(first[1]["env"][1]);
  const YAML::Node named = YAML::Load(Written(kPlain, kOwn, "main"))["spec"]["containers"];
  CHECK_FALSE(named[0]["env"]);
  CHECK(named[1]["env"][0]["name"].Scalar() == "HOST_IP");
  CHECK(named[1]["env"][1]["name"].Scalar() == "FIRST");
  CHECK(Refused(kPlain, kOwn, "other").find("no container 'other'") != std::string::npos);
}

TEST_CASE("writing the result again changes nothing", "[locusctl]") {
  for (const TemplateWishes& wishes : {kPlain, kGated, kHostNetwork}) {
    const std::string once = Written(wishes, kOwn, "main");
    CHECK(Written(wishes, once, "main") == once);
  }
}

TEST_CASE("what contradicts is refused with what to do", "[locusctl]") {
  CHECK(Refused(kPlain, "spec: {hostNetwork: true}").find("--host-network") != std::string::npos);
  CHECK(Refused(kHostNetwork, "spec: {hostNetwork: false}").find("--pod-network") != std::string::npos);
  CHECK(Refused(kHostNetwork, "spec: {dnsPolicy: Default}").find("dnsPolicy") != std::string::npos);
  CHECK(Refused(kPlain, "kind: Deployment").find("'kind' is not Pod") != std::string::npos);
  CHECK(Refused(kPlain, "spec: {containers: [{env: [{name: HOST_IP, value: x}]}]}").find("HOST_IP") !=
        std::string::npos);
}

TEST_CASE("what is no pod is refused", "[locusctl]") {
  CHECK(Refused(kPlain, "a: [").find("no YAML") != std::string::npos);
  CHECK(Refused(kPlain, "a: 1\n---\nb: 2").find("more than one") != std::string::npos);
  CHECK(Refused(kPlain, "- a").find("no Kubernetes object") != std::string::npos);
  CHECK(Refused(kPlain, "spec: 1").find("'spec'") != std::string::npos);
  CHECK(Refused(kPlain, "spec: {containers: {}}").find("'containers'") != std::string::npos);
  CHECK(Refused(kPlain, "spec: {containers: [a]}").find("'containers'") != std::string::npos);
  CHECK(Refused(kPlain, std::string((1 << 20) + 1, '#')).find("1 MiB") != std::string::npos);
}

TEST_CASE("a short text that means an endless one is refused", "[locusctl]") {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) bomb += "," + before;
    bomb += "]\n";
  }
  CHECK(Refused(kPlain, bomb).find("more than") != std::string::npos);
}
