#include "extender/cluster/amounts.h"

#include <algorithm>
#include <limits>

#include "extender/locality/name_index.h"

namespace locus::extender {
namespace {

OtherAmounts OthersOf(const kube::Resources& resources) {
  OtherAmounts others;
  others.reserve(resources.others.size());
  for (const auto& [name, amount] : resources.others) {
    if (amount > 0) others.push_back({HashName(name), amount});
  }
  std::sort(others.begin(), others.end(),
            [](const OtherAmount& a, const OtherAmount& b) { return a.resource < b.resource; });
  return others;
}

int64_t Saturated(absl::int128 sum) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  return sum > kMost ? kMost : static_cast<int64_t>(sum);
}

int64_t AmountOf(const OtherAmounts& others, uint64_t resource) {
  const auto place = std::lower_bound(others.begin(), others.end(), resource,
                                      [](const OtherAmount& o, uint64_t r) { return o.resource < r; });
  return place != others.end() && place->resource == resource ? place->amount : 0;
}

// Of one resource. All three are at least 0, so that the difference does not overflow.
int64_t Times(int64_t allocatable, int64_t requested, int64_t each) {
  if (each <= 0) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(allocatable - requested, 0) / each;
}

}  // namespace

Requests::Requests(const kube::Resources& resources) : Requests(resources.cpu_milli, resources.memory_bytes) {
  OtherAmounts others = OthersOf(resources);
  if (!others.empty()) others_ = std::make_unique<const OtherAmounts>(std::move(others));
}

Requests::Requests(int64_t cpu_milli, int64_t memory_bytes)
    : cpu_milli_(std::max<int64_t>(cpu_milli, 0)), memory_bytes_(std::max<int64_t>(memory_bytes, 0)) {}

const OtherAmounts& Requests::others() const {
  static const OtherAmounts none;
  return others_ == nullptr ? none : *others_;
}

bool Requests::operator==(const Requests& other) const {
  return cpu_milli_ == other.cpu_milli_ && memory_bytes_ == other.memory_bytes_ && others() == other.others();
}

Capacity::Capacity(const kube::Resources& resources)
    : cpu_milli(std::max<int64_t>(resources.cpu_milli, 0)),
      memory_bytes(std::max<int64_t>(resources.memory_bytes, 0)),
      pods(std::max<int64_t>(resources.pods, 0)),
      others(OthersOf(resources)) {}

void RequestSum::Add(const Requests& requests) {
  cpu_milli_ += requests.cpu_milli();
  memory_bytes_ += requests.memory_bytes();
  ++pods_;
  for (const auto& [resource, amount] : requests.others()) {
    auto place = std::lower_bound(others_.begin(), others_.end(), resource,
                                  [](const Other& o, uint64_t r) { return o.resource < r; });
    if (place == others_.end() || place->resource != resource) place = others_.insert(place, {resource, 0});
    place->amount += amount;
  }
}

void RequestSum::Remove(const Requests& requests) {
  cpu_milli_ -= requests.cpu_milli();
  memory_bytes_ -= requests.memory_bytes();
  --pods_;
  for (const auto& [resource, amount] : requests.others()) {
    const auto place = std::lower_bound(others_.begin(), others_.end(), resource,
                                        [](const Other& o, uint64_t r) { return o.resource < r; });
    place->amount -= amount;
    if (place->amount == 0) others_.erase(place);
  }
}

Capacity RequestSum::Total() const {
  Capacity total;
  total.cpu_milli = Saturated(cpu_milli_);
  total.memory_bytes = Saturated(memory_bytes_);
  total.pods = pods_;
  total.others.reserve(others_.size());
  for (const Other& other : others_) total.others.push_back({other.resource, Saturated(other.amount)});
  return total;
}

uint32_t CountFitting(const Capacity& allocatable, const Capacity& requested, const Requests& each) {
  int64_t times = Times(allocatable.pods, requested.pods, 1);
  times = std::min(times, Times(allocatable.cpu_milli, requested.cpu_milli, each.cpu_milli()));
  times = std::min(times, Times(allocatable.memory_bytes, requested.memory_bytes, each.memory_bytes()));
  for (const auto& [resource, amount] : each.others()) {
    times =
        std::min(times, Times(AmountOf(allocatable.others, resource), AmountOf(requested.others, resource), amount));
  }
  return static_cast<uint32_t>(std::min<int64_t>(times, std::numeric_limits<uint32_t>::max()));
}

}  // namespace locus::extender
