#include "extender/decision/score.h"

#include <algorithm>
#include <cmath>

namespace locus::extender {

NodeScore ScoreNode(const TierBytes& local, uint64_t share_bytes, double load, const ScoringParameters& parameters) {
  NodeScore score;
  score.taken = TakeFastest(local, share_bytes);
  const double per_remote_byte = 1 / parameters.network_bandwidth;
  uint64_t remote = share_bytes;
  for (size_t tier = 0; tier < kTiers; ++tier) {
    const double bytes = static_cast<double>(score.taken[tier]);
    const double per_byte = std::min(1 / parameters.tier_bandwidth[tier], per_remote_byte);
    score.seconds += bytes * per_byte;
    score.saved_seconds += bytes * (per_remote_byte - per_byte);
    remote -= score.taken[tier];
  }
  score.seconds += static_cast<double>(remote) * per_remote_byte;
  score.headroom = std::max(parameters.min_headroom, 1 - std::clamp(load, 0.0, 1.0));
  score.value = score.saved_seconds * score.headroom;
  return score;
}

int ScaleScore(double value, double best) {
  if (!(best > 0)) return 0;
  return std::clamp(static_cast<int>(std::lround(10 * value / best)), 0, 10);
}

std::optional<double> MedianLoad(std::vector<double>& loads) {
  if (loads.empty()) return std::nullopt;
  const auto middle = loads.begin() + static_cast<std::ptrdiff_t>(loads.size() / 2);
  std::nth_element(loads.begin(), middle, loads.end());
  if (loads.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(loads.begin(), middle)) / 2;
}

}  // namespace locus::extender
