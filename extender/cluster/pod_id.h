// A pod's uid in 16 bytes: what 50,000 pods are told apart by. Pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace locus::extender {

// A hash of 128 bits: no two uids of one cluster have the same. Not for anything that outlives the process.
struct PodId {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const PodId&) const = default;
};

PodId PodIdOf(std::string_view uid);

// It is a hash already.
struct PodIdHash {
  size_t operator()(const PodId& id) const { return static_cast<size_t>(id.low); }
};

}  // namespace locus::extender
