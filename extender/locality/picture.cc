#include "extender/locality/picture.h"

#include <algorithm>
#include <limits>
#include <map>

namespace locus::extender {

uint64_t AddSaturating(uint64_t a, uint64_t b) {
  return a > std::numeric_limits<uint64_t>::max() - b ? std::numeric_limits<uint64_t>::max() : a + b;
}

uint64_t Total(const TierBytes& bytes) {
  uint64_t total = 0;
  for (const uint64_t b : bytes) total = AddSaturating(total, b);
  return total;
}

TierBytes TakeFastest(const TierBytes& bytes, uint64_t limit) {
  TierBytes taken{};
  for (size_t tier = 0; tier < kTiers; ++tier) {
    taken[tier] = std::min(bytes[tier], limit);
    limit -= taken[tier];
  }
  return taken;
}

std::vector<NodeBytes> SumByNode(const std::vector<Holder>& holders, uint64_t length_bytes) {
  std::map<std::string_view, TierBytes> sums;
  for (const Holder& holder : holders) {
    if (holder.node.empty() || Total(holder.bytes) == 0) continue;
    TierBytes& sum = sums[holder.node];
    for (size_t tier = 0; tier < kTiers; ++tier) sum[tier] = AddSaturating(sum[tier], holder.bytes[tier]);
  }
  std::vector<NodeBytes> nodes;
  nodes.reserve(sums.size());
  for (const auto& [node, sum] : sums) {
    const TierBytes capped = TakeFastest(sum, length_bytes);
    if (Total(capped) > 0) nodes.push_back({std::string(node), capped});
  }
  return nodes;
}

void IndexNodes(InputPicture& picture) {
  picture.nodes = SumByNode(picture.holders, picture.length_bytes);
  picture.node_index =
      NameIndex(picture.nodes.size(), [&picture](size_t i) -> std::string_view { return picture.nodes[i].node; });
  picture.copied_bytes = 0;
  for (const NodeBytes& node : picture.nodes) {
    picture.copied_bytes = AddSaturating(picture.copied_bytes, Total(node.bytes));
  }
}

NodeLoads::NodeLoads(std::vector<std::pair<std::string, double>> loads) : loads_(std::move(loads)) {
  std::sort(loads_.begin(), loads_.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first < b.first : a.second > b.second; });
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  loads_.erase(std::unique(loads_.begin(), loads_.end(), same), loads_.end());
  index_ = NameIndex(loads_.size(), [this](size_t i) -> std::string_view { return loads_[i].first; });
}

std::optional<double> NodeLoads::Find(std::string_view node) const {
  const auto found = index_.Find(node, [this](size_t i) -> std::string_view { return loads_[i].first; });
  return found ? std::optional(loads_[*found].second) : std::nullopt;
}

}  // namespace locus::extender
