#include <malloc.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>

#include "extender/cluster/cluster_state.h"
#include "tests/unit/extender/cluster/objects.h"

using namespace locus;
using namespace locus::extender;

namespace {

// Of clusters as large as Kubernetes supports, a third of that in pods
// (https://kubernetes.io/docs/setup/best-practices/cluster-large/).
constexpr int kNodes = 5000;
constexpr int kForeign = 50'000;

size_t HeapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::string Uid(int i) {
  char text[40];
  std::snprintf(text, sizeof(text), "%08x-7f3a-4c51-9d0e-0123456789ab", static_cast<unsigned>(i) * 2654435761u);
  return text;
}
std::string NodeName(int i) { return "ip-10-" + std::to_string(i / 250) + "-" + std::to_string(i % 250) + ".internal"; }

kube::Node LargeNode(int i) {
  kube::Node node = MakeNode(NodeName(i), 64'000, "eu-central-1" + std::string(1, static_cast<char>('a' + i % 3)));
  for (int l = 0; l < 28; ++l) {
    node.labels["feature.node.kubernetes.io/cpu-feature-" + std::to_string(l)] = "value-" + std::to_string(i % 7);
  }
  node.allocatable.others = {{"ephemeral-storage", 1 << 30}, {"hugepages-2Mi", 1 << 20}};
  return node;
}

kube::Pod LargePod(int i) {
  kube::Pod pod = MakePod("deployment-5d4f8c7b9-" + std::to_string(i), NodeName(i % kNodes), 100 + i % 50);
  pod.uid = Uid(i);
  pod.labels = {{"app", "deployment"}, {"pod-template-hash", "5d4f8c7b9"}};
  pod.owners = {{"ReplicaSet", "deployment-5d4f8c7b9", Uid(-1 - i / 10), true}};
  if (i % 3 == 0) pod.requests.others = {{"ephemeral-storage", 1000}};
  pod.constraints.tolerations = {{"node.kubernetes.io/not-ready", "Exists", "", "NoExecute"}};
  return pod;
}

struct Bytes {
  double nodes = 0;
  double foreign = 0;
  double executors = 0;
};

Bytes Measure(int nodes, int foreign, int executors) {
  Bytes bytes;
  auto state = std::make_unique<ClusterState>(ClusterOptions());
  size_t before = HeapInUse();
  const auto grown = [&before] {
    const size_t now = HeapInUse();
    return static_cast<double>(now - std::exchange(before, now));
  };
  state->BeginNodes();
  for (int i = 0; i < nodes; ++i) state->ListNode(LargeNode(i));
  state->EndNodes();
  state->Zones();
  bytes.nodes = grown();
  state->BeginPods();
  for (int i = 0; i < foreign; ++i) state->ListPod(LargePod(i), {});
  bytes.foreign = grown();
  const std::string inputs(2000, 'x');
  for (int i = 0; i < executors; ++i) {
    kube::Pod pod =
        WithInputs(MakeExecutor("executor-" + std::to_string(i), "spark-0123456789abcdef", NodeName(i)), inputs);
    pod.uid = Uid(i + kForeign);
    state->ListPod(pod, {});
  }
  state->EndPods();
  bytes.executors = grown();
  CHECK(state->Counts({}).pods == static_cast<size_t>(foreign + executors));
  return bytes;
}

}  // namespace

TEST_CASE("50,000 pods on 5,000 nodes are kept in 25 MB, and less than 200 bytes a pod", "[cluster]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // The sanitizer's own heap has no such figures: only the building and taking down is checked.
  CHECK_NOTHROW(Measure(200, 2000, 100));
#else
  const Bytes bytes = Measure(kNodes, kForeign, 1000);
  std::printf("nodes: %.1f MB; pods of others: %.1f MB, %.0f bytes each; executors: %.0f bytes each\n",
              bytes.nodes / 1e6, bytes.foreign / 1e6, bytes.foreign / kForeign, bytes.executors / 1000);
  CHECK(bytes.foreign / kForeign < 200);
  // Below the ids alone, nothing was measured.
  CHECK(bytes.foreign / kForeign > 16);
  CHECK(bytes.nodes + bytes.foreign < 25e6);
  // 1,000 executors share their list of inputs.
  CHECK(bytes.executors / 1000 < 2000);
#endif
}
