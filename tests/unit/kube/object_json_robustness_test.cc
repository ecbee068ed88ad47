#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "kube/lease_json.h"
#include "kube/object_json.h"

using namespace locus;
using namespace locus::kube;

namespace {

// One of everything that is read.
const char* const kPod = R"({"metadata":{"name":"p","namespace":"n","uid":"u","resourceVersion":"9","labels":{"a":"b"},
"annotations":{"locus.dev/inputs":"alluxio:///\u00e9","x":"y"},"creationTimestamp":"2026-01-31T09:05:00Z",
"deletionTimestamp":null,"ownerReferences":[{"kind":"Pod","name":"d","uid":"v","controller":true}]},"spec":{
"nodeName":"n","hostname":"h","subdomain":"s","schedulerName":"locus","schedulingGates":[{"name":"g"}],
"nodeSelector":{"k":"v"},"overhead":{"cpu":"1m"},"resources":{"requests":{"memory":"1Gi"}},
"containers":[{"name":"c","resources":{"requests":{"cpu":"100m","memory":"1.5Gi","nvidia.com/gpu":"1"}}}],
"initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"1e3"}}}],
"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{
"matchExpressions":[{"key":"k","operator":"In","values":["v","w"]}],"matchFields":[{"key":"metadata.name",
"operator":"In","values":["n"]}]}]}}},"tolerations":[{"key":"k","operator":"Exists","effect":"NoExecute"}]},
"status":{"phase":"Running","podIP":"10.0.0.1","podIPs":[{"ip":"10.0.0.1"}]}})";
const char* const kNode = R"({"metadata":{"name":"n","resourceVersion":"9","labels":{"kubernetes.io/hostname":"h"}},
"spec":{"unschedulable":true,"taints":[{"key":"k","value":"v","effect":"NoSchedule"}]},"status":{"allocatable":{
"cpu":"3920m","memory":"16Gi","pods":"110"},"addresses":[{"type":"InternalIP","address":"10.0.0.1"}]}})";
const char* const kLease = R"({"kind":"Lease","metadata":{"resourceVersion":"5"},"spec":{"holderIdentity":"a",
"leaseDurationSeconds":10,"renewTime":"2026-01-31T09:05:00.000001Z","leaseTransitions":3}})";

// All of them, whatever the text is; how many were OK.
int ParseAll(const std::string& json) {
  const std::string refusal = ParseRefusal(json).message;
  return int(ParseNodeList(json).ok()) + int(ParsePodList(json).ok()) + int(ParseNodeFrame(json).ok()) +
         int(ParsePodFrame(json).ok()) + int(ParseLease(json).ok()) + int(refusal.size() <= 512);
}

std::vector<std::string> Samples() {
  return {
      std::string(R"({"kind":"PodList","metadata":{"resourceVersion":"9","continue":"c"},"items":[)") + kPod + "]}",
      std::string(R"({"kind":"NodeList","metadata":{"resourceVersion":"9"},"items":[)") + kNode + "]}",
      std::string(R"({"type":"ADDED","object":)") + kPod + "}",
      std::string(R"({"type":"MODIFIED","object":)") + kNode + "}",
      R"({"type":"ERROR","object":{"kind":"Status","message":"m","details":{"causes":[{"field":"f"}]},"code":410}})",
      kLease};
}

}  // namespace

TEST_CASE("the samples are read as they stand", "[kube]") {
  const std::vector<std::string> samples = Samples();
  CHECK(ParsePodList(samples[0]).ok());
  CHECK(ParseNodeList(samples[1]).ok());
  CHECK(ParsePodFrame(samples[2]).ok());
  CHECK(ParseNodeFrame(samples[3]).ok());
  CHECK(ParsePodFrame(samples[4]).ok());
  CHECK(ParseLease(samples[5]).ok());
}

TEST_CASE("a text that was cut off anywhere is refused", "[kube]") {
  const std::vector<std::string> samples = Samples();
  for (const std::string& sample : samples) {
    for (size_t length = 0; length < sample.size(); ++length) ParseAll(sample.substr(0, length));
  }
  for (size_t length = 0; length < samples[0].size(); ++length) {
    if (ParsePodList(samples[0].substr(0, length)).ok()) FAIL("cut at " << length);
  }
}

TEST_CASE("a text that was changed anywhere is read or refused", "[kube]") {
  std::mt19937_64 random(20260131);
  constexpr char kBytes[] = "{}[]\",:\\0123456789.eE+-tfnu \n\0\x7f\x80\xff\xc3";
  const std::string bytes(kBytes, sizeof(kBytes) - 1);
  const auto any = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  int read = 0;
  int all = 0;
  for (const std::string& sample : Samples()) {
    for (int round = 0; round < 4'000; ++round) {
      std::string text = sample;
      for (size_t changes = 1 + any(3); changes > 0 && !text.empty(); --changes) {
        const size_t at = any(text.size());
        const size_t length = std::min(any(40), text.size() - at);
        switch (any(4)) {
          case 0: text[at] = bytes[any(bytes.size())]; break;
          case 1: text.erase(at, length); break;
          case 2: text.insert(any(text.size()), text.substr(at, length)); break;
          default: text.insert(at, 1, bytes[any(bytes.size())]); break;
        }
      }
      read += ParseAll(text);
      ++all;
    }
  }
  // Every text is read as some refusal; fewer than all are read as an object, and not none.
  CHECK(read > all);
  CHECK(read < 2 * all);
}

TEST_CASE("depth and length are no danger", "[kube]") {
  for (const char* part : {"[", "{\"a\":", "[{\"items\":"}) {
    std::string deep = R"({"kind":"PodList","items":)";
    for (int i = 0; i < 50'000; ++i) deep += part;
    CHECK_FALSE(ParsePodList(deep).ok());
    CHECK_FALSE(ParsePodFrame(deep).ok());
  }
  const std::string long_name(1 << 20, 'x');
  const auto list = ParseNodeList(R"({"kind":"NodeList","items":[{"metadata":{"name":")" + long_name + R"("}}]})");
  REQUIRE(list.ok());
  CHECK(list->items[0].name == long_name);
}
