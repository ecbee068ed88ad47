#include "extender/decision/appraiser.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace locus::extender {

uint64_t ShareOf(std::optional<uint64_t> annotated, uint64_t length_bytes, size_t group_size) {
  if (annotated) return *annotated;
  if (group_size <= 1) return length_bytes;
  // Rounded up: shares together are the whole.
  return length_bytes / group_size + (length_bytes % group_size != 0 ? 1 : 0);
}

Appraiser::Appraiser(const Scene& scene, const ScoringParameters& parameters)
    : scene_(scene),
      parameters_(parameters),
      spread_(*scene.holdings),
      whole_(*scene.holdings),
      used_(scene.holdings->nodes.size(), false),
      reported_(scene.holdings->nodes.size()) {
  std::vector<double> known;
  for (size_t i = 0; i < reported_.size(); ++i) {
    reported_[i] = scene_.loads->Find(scene_.holdings->nodes[i].node);
    if (reported_[i]) known.push_back(*reported_[i]);
  }
  median_ = MedianLoad(known).value_or(0);
  FindNear();
  PlaceSiblings();
  if (scene_.layout == Layout::kPack) FindMostLeft();
}

void Appraiser::PlaceSiblings() {
  if (scene_.around == nullptr) return;
  // Who takes first makes a small difference: always the same one.
  std::vector<std::pair<size_t, uint32_t>> members;
  for (const Siblings& siblings : scene_.around->siblings) {
    if (const auto node = scene_.holdings->Find(siblings.node)) members.emplace_back(*node, siblings.count);
  }
  std::sort(members.begin(), members.end());
  for (const auto& [node, count] : members) {
    for (uint32_t i = 0; i < count; ++i) Place(node);
  }
}

void Appraiser::Place(size_t node) {
  spread_.Take(node, scene_.share_bytes);
  if (scene_.layout != Layout::kPack || used_[node]) return;
  whole_.Take(node, std::numeric_limits<uint64_t>::max());
  used_[node] = true;
  any_used_ = true;
  FindMostLeft();
}

void Appraiser::FindMostLeft() {
  most_left_ = 0;
  for (size_t i = 0; i < used_.size(); ++i) {
    if (!used_[i]) most_left_ = std::max(most_left_, whole_.LeftBytes(i));
  }
}

NodeScore Appraiser::Appraise(size_t node) const {
  const NodeFacts* const facts = Facts(node);
  const Remote remote = RemoteOf(facts != nullptr ? facts->zone : std::nullopt);
  const bool packed = scene_.layout == Layout::kPack && !used_[node];
  const TierBytes left = packed ? whole_.Left(node) : spread_.Left(node);
  NodeScore score = ScoreNode(left, scene_.share_bytes, Load(node), remote, parameters_);
  if (packed && most_left_ > 0) {
    const double part = static_cast<double>(Total(left)) / static_cast<double>(most_left_);
    score.value *= part * (any_used_ ? 0.5 : 1);
  }
  return score;
}

NodeScore Appraiser::AppraiseStranger(std::optional<uint32_t> zone) const {
  return ScoreNode({}, scene_.share_bytes, median_, RemoteOf(zone), parameters_);
}

const NodeFacts* Appraiser::Facts(size_t node) const {
  if (scene_.around == nullptr || node >= scene_.around->nodes.size()) return nullptr;
  const auto& facts = scene_.around->nodes[node];
  return facts ? &*facts : nullptr;
}

double Appraiser::Load(size_t node) const {
  const NodeFacts* const facts = Facts(node);
  return FoldLoad(reported_[node].value_or(median_), facts != nullptr ? facts->requested : 0,
                  facts != nullptr ? facts->fresh : 0, parameters_);
}

void Appraiser::FindNear() {
  const ZoneTable* const zones = Zones();
  if (zones == nullptr || zones->names().size() < 2 || scene_.holdings->length_bytes == 0) return;
  if (parameters_.cross_zone_bandwidth >= parameters_.network_bandwidth) return;
  std::vector<uint64_t> bytes(zones->names().size());
  uint64_t everywhere = 0;
  for (const HeldNode& node : scene_.holdings->nodes) {
    const auto zone = zones->Find(node.node);
    uint64_t& sum = zone ? bytes[*zone] : everywhere;
    sum = AddSaturating(sum, Total(node.local));
  }
  near_.reserve(bytes.size());
  for (const uint64_t sum : bytes) {
    const auto near = static_cast<double>(AddSaturating(sum, everywhere));
    near_.push_back(std::min(1.0, near / static_cast<double>(scene_.holdings->length_bytes)));
  }
}

Remote Appraiser::RemoteOf(std::optional<uint32_t> zone) const {
  if (near_.empty()) return {};
  // A node without a label is near to all.
  return {true, zone ? near_[*zone] : 1.0};
}

}  // namespace locus::extender
