#include "extender/decision/score.h"

#include <algorithm>
#include <cmath>

namespace locus::extender {

NodeScore ScoreNode(const TierBytes& local, uint64_t share_bytes, double load, const Remote& remote,
                    const ScoringParameters& parameters) {
  NodeScore score;
  score.taken = TakeFastest(local, share_bytes);
  const double per_near_byte = 1 / parameters.network_bandwidth;
  const double per_far_byte =
      remote.zoned ? std::max(per_near_byte, 1 / parameters.cross_zone_bandwidth) : per_near_byte;
  uint64_t rest = share_bytes;
  for (size_t tier = 0; tier < kTiers; ++tier) {
    const double bytes = static_cast<double>(score.taken[tier]);
    const double per_byte = std::min(1 / parameters.tier_bandwidth[tier], per_near_byte);
    score.seconds += bytes * per_byte;
    score.saved_seconds += bytes * (per_far_byte - per_byte);
    rest -= score.taken[tier];
  }
  const double near = static_cast<double>(rest) * std::clamp(remote.near, 0.0, 1.0);
  score.seconds += near * per_near_byte + (static_cast<double>(rest) - near) * per_far_byte;
  score.saved_seconds += near * (per_far_byte - per_near_byte);
  score.headroom = std::max(parameters.min_headroom, 1 - std::clamp(load, 0.0, 1.0));
  score.value = score.saved_seconds * score.headroom;
  return score;
}

double FoldLoad(double reported, double requested, double fresh, const ScoringParameters& parameters) {
  const double soon = std::clamp(reported, 0.0, 1.0) + std::max(fresh, 0.0);
  return std::clamp(std::max(soon, parameters.requested_weight * requested), 0.0, 1.0);
}

int ScaleScore(double value, double best) {
  if (!(best > 0)) return 0;
  return std::clamp(static_cast<int>(std::lround(kHighestScore * value / best)), 0, kHighestScore);
}

std::optional<double> MedianLoad(std::vector<double>& loads) {
  if (loads.empty()) return std::nullopt;
  const auto middle = loads.begin() + static_cast<std::ptrdiff_t>(loads.size() / 2);
  std::nth_element(loads.begin(), middle, loads.end());
  if (loads.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(loads.begin(), middle)) / 2;
}

}  // namespace locus::extender
