#include "kube/requests.h"

#include <algorithm>
#include <cstdint>

#include "kube/quantity.h"

namespace locus::kube {
namespace {

template <typename F>
void Combine(Resources* to, const Resources& from, F f) {
  to->cpu_milli = f(to->cpu_milli, from.cpu_milli);
  to->memory_bytes = f(to->memory_bytes, from.memory_bytes);
  for (const auto& [name, amount] : from.others) to->others[name] = f(to->others[name], amount);
}

void Add(Resources* to, const Resources& from) { Combine(to, from, &SaturatingAdd); }

void Raise(Resources* to, const Resources& from) {
  Combine(to, from, [](int64_t a, int64_t b) { return std::max(a, b); });
}

void Replace(Resources* to, const Resources& from) {
  Combine(to, from, [](int64_t was, int64_t stated) { return stated != 0 ? stated : was; });
}

}  // namespace

Resources SumRequests(const PodRequests& pod) {
  Resources sum;
  for (const ContainerRequests& container : pod.containers) Add(&sum, container.requests);
  Resources sidecars;
  Resources most_at_start;
  for (const ContainerRequests& container : pod.init_containers) {
    Resources now = sidecars;
    Add(&now, container.requests);
    Raise(&most_at_start, now);
    if (container.restartable) sidecars = now;
  }
  Add(&sum, sidecars);
  Raise(&sum, most_at_start);
  Replace(&sum, pod.total);
  Add(&sum, pod.overhead);
  sum.pods = 1;
  return sum;
}

}  // namespace locus::kube
