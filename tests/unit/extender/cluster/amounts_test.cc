#include "extender/cluster/amounts.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace locus;
using namespace locus::extender;

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kGi = int64_t{1} << 30;

kube::Resources Of(int64_t cpu, int64_t memory, int64_t pods, std::map<std::string, int64_t> others = {}) {
  return {cpu, memory, pods, std::move(others)};
}

uint32_t Fitting(const kube::Resources& allocatable, const std::vector<kube::Resources>& there,
                 const kube::Resources& each) {
  RequestSum sum;
  for (const kube::Resources& pod : there) sum.Add(Requests(pod));
  return CountFitting(Capacity(allocatable), sum.Total(), Requests(each));
}

}  // namespace

TEST_CASE("the scarcest resource says how many pods find room", "[amounts]") {
  const auto node = Of(4000, 16 * kGi, 110);
  CHECK(Fitting(node, {}, Of(1000, kGi, 1)) == 4);
  CHECK(Fitting(node, {}, Of(100, 4 * kGi, 1)) == 4);
  CHECK(Fitting(Of(4000, 16 * kGi, 3), {}, Of(100, kGi, 1)) == 3);
  CHECK(Fitting(node, {Of(1000, kGi, 1), Of(1500, kGi, 1)}, Of(1000, kGi, 1)) == 1);
  CHECK(Fitting(node, {Of(3001, kGi, 1)}, Of(1000, kGi, 1)) == 0);
}

TEST_CASE("what a pod does not ask for is no obstacle", "[amounts]") {
  const auto crowded = Of(1000, kGi, 110);
  CHECK(Fitting(crowded, {Of(9000, 9 * kGi, 1)}, Of(0, 0, 1)) == 109);
  CHECK(Fitting(crowded, {Of(9000, 0, 1)}, Of(0, kGi / 2, 1)) == 2);
}

TEST_CASE("a pod that asks for a resource that the node lacks finds no room", "[amounts]") {
  CHECK(Fitting(Of(4000, kGi, 110), {}, Of(1000, 0, 1, {{"nvidia.com/gpu", 1}})) == 0);
  const auto node = Of(4000, kGi, 110, {{"nvidia.com/gpu", 3}, {"ephemeral-storage", 100}});
  CHECK(Fitting(node, {}, Of(1000, 0, 1, {{"nvidia.com/gpu", 1}})) == 3);
  CHECK(Fitting(node, {Of(0, 0, 1, {{"nvidia.com/gpu", 2}})}, Of(1000, 0, 1, {{"nvidia.com/gpu", 1}})) == 1);
  CHECK(Fitting(node, {}, Of(1000, 0, 1, {{"nvidia.com/gpu", 1}, {"ephemeral-storage", 60}})) == 1);
  // Asked for with zero, it is not asked for.
  CHECK(Fitting(Of(4000, kGi, 110), {}, Of(1000, 0, 1, {{"nvidia.com/gpu", 0}})) == 4);
}

TEST_CASE("a node that tells no allocatable pods takes none", "[amounts]") {
  CHECK(Fitting(kube::Resources{}, {}, Of(0, 0, 1)) == 0);
}

TEST_CASE("amounts at the end of 64 bits neither overflow nor turn negative", "[amounts]") {
  const auto huge = Of(kMost, kMost, kMost);
  CHECK(Fitting(huge, {huge, huge, huge}, Of(1, 1, 1)) == 0);
  CHECK(Fitting(huge, {}, Of(1, 1, 1)) == std::numeric_limits<uint32_t>::max());
  CHECK(Fitting(Of(4000, kGi, 110), {Of(-5000, -kGi, 1)}, Of(1000, 0, 1)) == 4);
  CHECK(Fitting(Of(-4000, kGi, 110), {}, Of(1000, 0, 1)) == 0);
  CHECK(Fitting(Of(4000, kGi, 110), {}, Of(-1, -1, 1)) == 110);
}

TEST_CASE("what was added beyond 64 bits can be removed again", "[amounts]") {
  RequestSum sum;
  const Requests huge(Of(kMost, kMost, 1, {{"x", kMost}}));
  const Requests small(Of(7, 8, 1, {{"x", 9}, {"y", 1}}));
  sum.Add(huge);
  sum.Add(huge);
  sum.Add(small);
  CHECK(sum.Total().cpu_milli == kMost);
  sum.Remove(huge);
  sum.Remove(huge);
  CHECK(sum.Total() == [] {
    RequestSum only;
    only.Add(Requests(Of(7, 8, 1, {{"x", 9}, {"y", 1}})));
    return only.Total();
  }());
  CHECK(sum.Total().cpu_milli == 7);
  sum.Remove(small);
  CHECK(sum.Total() == Capacity());
}
