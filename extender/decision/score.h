// The arithmetic of one node: seconds saved, headroom, value. docs/placement.md.
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
  // Bytes a second that one pod gets when it reads from elsewhere, and from another zone; the latter counts as at most
  // the former.
  double network_bandwidth = 1.25e8;
  double cross_zone_bandwidth = 6.25e7;
  // No scores when the best node saves less.
  double min_gain_seconds = 0.01;
  // No scores when all nodes lie within this fraction of the best.
  double indifference = 0.05;
  // What a saturated node still counts.
  double min_headroom = 0.1;
  // How much of the requested CPU counts as load.
  double requested_weight = 0.25;
};

// Where the bytes come from that are not on the node itself.
struct Remote {
  // Zones matter: what is not near comes at cross_zone_bandwidth, and saving is against all of it coming so.
  bool zoned = false;
  // The part of the input that lies in the node's zone, 0 to 1.
  double near = 1;
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

// A pod with `share_bytes` to read on a node that has `local` of them for it. A tier slower than the network counts as
// the network: data that lies on slow disks here comes off a disk elsewhere too, so more local bytes are never a reason
// against a node. `load` outside 0..1 is cut.
NodeScore ScoreNode(const TierBytes& local, uint64_t share_bytes, double load, const Remote& remote,
                    const ScoringParameters& parameters);

// One figure for how busy a node is, 0 to 1. `reported`: the node's own (or the median in its place); `fresh`: CPU that
// pods have asked for since too short a time to show in it; `requested`: all CPU that pods have asked for, both as
// fractions of the node's.
double FoldLoad(double reported, double requested, double fresh, const ScoringParameters& parameters);

// MaxExtenderPriority of k8s.io/kube-scheduler/extender/v1.
inline constexpr int kHighestScore = 10;

// round(10 x value / best), 0 to 10; 0 when `best` is not above 0.
int ScaleScore(double value, double best);

// Of the known loads; of an even number the mean of the two in the middle. Empty: none is known. Reorders `loads`.
std::optional<double> MedianLoad(std::vector<double>& loads);

}  // namespace locus::extender
