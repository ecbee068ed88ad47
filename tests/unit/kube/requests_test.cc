#include "kube/requests.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace locus::kube;

namespace {

constexpr int64_t kMi = 1 << 20;

ContainerRequests Container(int64_t cpu_milli, int64_t memory_bytes = 0, bool restartable = false) {
  return {{cpu_milli, memory_bytes, 0, {}}, restartable};
}

ContainerRequests Sidecar(int64_t cpu_milli, int64_t memory_bytes = 0) {
  return Container(cpu_milli, memory_bytes, true);
}

int64_t Cpu(PodRequests pod) { return SumRequests(pod).cpu_milli; }

}  // namespace

TEST_CASE("a pod asks for what its containers ask for together", "[kube]") {
  // The example of https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/: two containers of
  // 250m and 64Mi each are a pod of 500m and 128Mi.
  const Resources sum = SumRequests({{Container(250, 64 * kMi), Container(250, 64 * kMi)}, {}, {}, {}});
  CHECK(sum.cpu_milli == 500);
  CHECK(sum.memory_bytes == 128 * kMi);
  CHECK(sum.pods == 1);
  CHECK(SumRequests({}).pods == 1);
}

TEST_CASE("an init container counts where it asks for more than all that run later", "[kube]") {
  CHECK(Cpu({{Container(100), Container(200)}, {Container(250)}, {}, {}}) == 300);
  CHECK(Cpu({{Container(100), Container(200)}, {Container(400), Container(50)}, {}, {}}) == 400);
  // Each resource for itself.
  const Resources sum = SumRequests({{Container(100, 64 * kMi)}, {Container(300, 32 * kMi)}, {}, {}});
  CHECK(sum.cpu_milli == 300);
  CHECK(sum.memory_bytes == 64 * kMi);
}

TEST_CASE("a sidecar runs beside the containers and beside the init containers after it", "[kube]") {
  CHECK(Cpu({{Container(100)}, {Sidecar(50)}, {}, {}}) == 150);
  // 50 + 400 at the start, 150 later.
  CHECK(Cpu({{Container(100)}, {Sidecar(50), Container(400)}, {}, {}}) == 450);
  // The one before it does not run beside it.
  CHECK(Cpu({{Container(100)}, {Container(400), Sidecar(50)}, {}, {}}) == 400);
  CHECK(Cpu({{Container(100)}, {Sidecar(50), Container(400), Sidecar(500)}, {}, {}}) == 650);
  CHECK(Cpu({{Container(100)}, {Sidecar(50), Container(700), Sidecar(500)}, {}, {}}) == 750);
}

TEST_CASE("a total of the pod wins, and overhead comes on top", "[kube]") {
  PodRequests pod{{Container(100, 64 * kMi)}, {Sidecar(50)}, {}, {}};
  pod.total.cpu_milli = 1000;
  CHECK(Cpu(pod) == 1000);
  CHECK(SumRequests(pod).memory_bytes == 64 * kMi);
  // RuntimeClass kata-fc of https://kubernetes.io/docs/concepts/scheduling-eviction/pod-overhead/.
  pod.overhead = {250, 120 * kMi, 0, {}};
  CHECK(Cpu(pod) == 1250);
  CHECK(SumRequests(pod).memory_bytes == 184 * kMi);
}

TEST_CASE("devices and storage are summed like the rest", "[kube]") {
  PodRequests pod{{Container(0), Container(0)}, {Container(0)}, {}, {}};
  pod.containers[0].requests.others = {{"nvidia.com/gpu", 1}, {"ephemeral-storage", 10}};
  pod.containers[1].requests.others = {{"nvidia.com/gpu", 2}};
  pod.init_containers[0].requests.others = {{"nvidia.com/gpu", 2}, {"hugepages-2Mi", 4}};
  CHECK(SumRequests(pod).others ==
        std::map<std::string, int64_t>{{"nvidia.com/gpu", 3}, {"ephemeral-storage", 10}, {"hugepages-2Mi", 4}});
}

TEST_CASE("a sum beyond 64 bits is the largest amount", "[kube]") {
  const int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(Cpu({{Container(most), Container(most)}, {Sidecar(most)}, {most, 0, 0, {}}, {}}) == most);
}
