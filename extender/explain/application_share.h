// How much of its input an application's pods read from their own nodes: a value.
#pragma once

#include <cstdint>
#include <string>

namespace locus::extender {

// A pod that was bound, in bytes.
struct PlacedPod {
  // What it is expected to read.
  uint64_t share = 0;
  // What of it lies on the node where it was bound, and on the node that was best of those that were offered.
  uint64_t local = 0;
  uint64_t best = 0;
};

// Sums over an application's pods.
struct ApplicationShare {
  // namespace/name
  std::string application;
  uint64_t pods = 0;
  double share_bytes = 0;
  double local_bytes = 0;
  double best_bytes = 0;
};

}  // namespace locus::extender
