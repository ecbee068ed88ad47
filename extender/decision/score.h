// The arithmetic of one node: seconds saved, headroom, value. docs/architecture.md, "The score".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "extender/locality/picture.h"

namespace locus::extender {

struct ScoringParameters {
  // Bytes a second that a pod reads from each tier of its own node.
  std::array<double, kTiers> tier_bandwidth = {6e9, 1.5e9, 1.5e8};
  // Bytes a second that one pod gets when it reads from elsewhere.
  double network_bandwidth = 1.25e8;
  // No scores when the best node saves less.
  double min_gain_seconds = 0.01;
  // No scores when all nodes lie within this fraction of the best.
  double indifference = 0.05;
  // What a saturated node still counts.
  double min_headroom = 0.1;
};

struct NodeScore {
  // Of the pod's share: bytes that it would read on this node, by tier.
  TierBytes taken{};
  // To read the whole share on this node.
  double seconds = 0;
  // Against reading all of it from elsewhere; never negative.
  double saved_seconds = 0;
  double headroom = 1;
  // saved_seconds x headroom.
  double value = 0;
};

// A pod with `share_bytes` to read on a node that holds `local` of them. A tier slower than the network counts as the
// network: data that lies on slow disks here comes off a disk elsewhere too, so more local bytes are never a reason
// against a node. `load` outside 0..1 is cut.
NodeScore ScoreNode(const TierBytes& local, uint64_t share_bytes, double load, const ScoringParameters& parameters);

// round(10 x value / best), 0 to 10; 0 when `best` is not above 0.
int ScaleScore(double value, double best);

// Of the known loads; of an even number the mean of the two in the middle. Empty: none is known. Reorders `loads`.
std::optional<double> MedianLoad(std::vector<double>& loads);

}  // namespace locus::extender
