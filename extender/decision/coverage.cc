#include "extender/decision/coverage.h"

#include <algorithm>
#include <numeric>

namespace locus::extender {
namespace {

// Rounding leaves crumbs of blocks; below this many bytes a block is taken whole.
constexpr double kCrumb = 0.5;

uint64_t SampleBytes(const BlockSample& sample) {
  uint64_t bytes = 0;
  for (const BlockSample::Block& block : sample.blocks) bytes = AddSaturating(bytes, block.bytes);
  return bytes;
}

// Bytes of the input on nodes, each copy counted.
uint64_t Copies(const InputPicture& picture) {
  uint64_t bytes = 0;
  for (const NodeBytes& node : picture.nodes) bytes = AddSaturating(bytes, Total(node.bytes));
  return bytes;
}

}  // namespace

Coverage::Coverage(const Holdings& holdings) : holdings_(holdings), own_(holdings.nodes.size()) {}

void Coverage::ReadSamples() {
  started_ = true;
  for (size_t i = 0; i < holdings_.known.size(); ++i) {
    if (holdings_.samples[i] != nullptr && !holdings_.samples[i]->blocks.empty()) {
      sampled_ = true;
      AddSample(i);
      continue;
    }
    // Its copies do not overlap, or nobody knows how: one block for each node.
    for (const NodeBytes& node : holdings_.known[i]->nodes) {
      blocks_.push_back({static_cast<double>(Total(node.bytes)), static_cast<uint32_t>(holders_.size()), 1, kNone});
      holders_.push_back(static_cast<uint32_t>(*holdings_.Find(node.node)));
    }
  }
  if (sampled_) SortBlocks();
}

void Coverage::AddSample(size_t input) {
  const BlockSample& sample = *holdings_.samples[input];
  const InputPicture& picture = *holdings_.known[input];
  std::vector<uint32_t> map(sample.nodes.size(), kNone);
  for (size_t n = 0; n < sample.nodes.size(); ++n) {
    if (const auto found = holdings_.Find(sample.nodes[n])) map[n] = static_cast<uint32_t>(*found);
  }
  const uint64_t distinct = std::min(picture.cached_bytes, Copies(picture));
  // Of a sample, each block stands for several.
  const double weight = static_cast<double>(distinct) / static_cast<double>(std::max<uint64_t>(1, SampleBytes(sample)));
  for (const BlockSample::Block& block : sample.blocks) {
    const auto first = static_cast<uint32_t>(holders_.size());
    for (uint32_t h = block.first; h < block.first + block.count; ++h) {
      if (map[sample.holders[h]] != kNone) holders_.push_back(map[sample.holders[h]]);
    }
    const auto count = static_cast<uint32_t>(holders_.size()) - first;
    if (count > 0) blocks_.push_back({static_cast<double>(block.bytes) * weight, first, count, kNone});
  }
}

void Coverage::SortBlocks() {
  const size_t nodes = holdings_.nodes.size();
  sampled_bytes_.assign(nodes, 0);
  exchangeable_.assign(nodes, 0);
  counted_.assign(nodes, true);
  given_.assign(nodes, 0);
  common_.assign(nodes, 0);
  from_.assign(nodes + 1, 0);
  for (const Block& block : blocks_) {
    for (uint32_t h = block.first; h < block.first + block.count; ++h) {
      sampled_bytes_[holders_[h]] += block.left;
      ++from_[holders_[h] + 1];
    }
  }
  sampled_left_ = sampled_bytes_;
  std::partial_sum(from_.begin(), from_.end(), from_.begin());
  // Few copies first: by counting, as there are few different numbers of copies.
  uint32_t most = 0;
  for (const Block& block : blocks_) most = std::max(most, block.count);
  std::vector<uint32_t> place(most + 2);
  for (const Block& block : blocks_) ++place[block.count + 1];
  std::partial_sum(place.begin(), place.end(), place.begin());
  std::vector<uint32_t> order(blocks_.size());
  for (uint32_t b = 0; b < blocks_.size(); ++b) order[place[blocks_[b].count]++] = b;
  by_node_.resize(holders_.size());
  std::vector<uint32_t> next(from_.begin(), from_.end() - 1);
  for (const uint32_t b : order) {
    for (uint32_t h = blocks_[b].first; h < blocks_[b].first + blocks_[b].count; ++h) by_node_[next[holders_[h]]++] = b;
  }
}

bool Coverage::Prepare() {
  if (!started_) ReadSamples();
  return sampled_;
}

void Coverage::Take(size_t node, uint64_t share) {
  if (!started_) ReadSamples();
  const uint64_t taken = std::min(share, LeftBytes(node));
  own_[node] += taken;
  if (!sampled_) return;
  // The picture is newer than the sample and exact: what is taken of it is the same part of the sample.
  const double total = static_cast<double>(Total(holdings_.nodes[node].local));
  if (total > 0 && sampled_bytes_[node] > 0) {
    TakeBlocks(static_cast<uint32_t>(node), static_cast<double>(taken) * (sampled_bytes_[node] / total));
  }
  counted_.assign(counted_.size(), false);
}

void Coverage::TakeBlocks(uint32_t node, double bytes) {
  for (uint32_t i = from_[node]; i < from_[node + 1] && bytes > kCrumb; ++i) {
    Block& block = blocks_[by_node_[i]];
    double part = std::min(block.left, bytes);
    if (part <= 0) continue;
    if (block.left - part < kCrumb) part = block.left;
    Move(block, node, part);
    bytes -= part;
  }
  for (uint32_t i = from_[node]; i < from_[node + 1] && bytes > kCrumb; ++i) {
    Block& block = blocks_[by_node_[i]];
    // Exchanges add entries, and change this one's: each is looked at once.
    for (uint32_t t = block.taken; t != kNone && bytes > kCrumb; t = taken_[t].next) {
      if (taken_[t].node != node) bytes -= Exchange(block, taken_[t].node, node, std::min(bytes, taken_[t].bytes));
    }
  }
}

double Coverage::Exchange(Block& block, uint32_t from, uint32_t to, double bytes) {
  double found = 0;
  for (uint32_t i = from_[from]; i < from_[from + 1] && bytes - found > kCrumb; ++i) {
    Block& other = blocks_[by_node_[i]];
    if (other.left <= kCrumb || Holds(other, to)) continue;
    const double part = std::min(other.left, bytes - found);
    Move(other, from, part);
    found += part;
  }
  if (found <= 0) return 0;
  Move(block, from, -found);
  Move(block, to, found);
  return found;
}

void Coverage::Move(Block& block, uint32_t node, double part) {
  block.left = std::max(0.0, block.left - part);
  for (uint32_t h = block.first; h < block.first + block.count; ++h) {
    double& left = sampled_left_[holders_[h]];
    left = std::max(0.0, left - part);
  }
  for (uint32_t t = block.taken; t != kNone; t = taken_[t].next) {
    if (taken_[t].node != node) continue;
    taken_[t].bytes += part;
    return;
  }
  taken_.push_back({node, part, block.taken});
  block.taken = static_cast<uint32_t>(taken_.size() - 1);
}

bool Coverage::Holds(const Block& block, uint32_t node) const {
  const auto first = holders_.begin() + block.first;
  return std::find(first, first + block.count, node) != first + block.count;
}

double Coverage::Exchangeable(uint32_t node) const {
  if (counted_[node]) return exchangeable_[node];
  // Of each other node: what its members took of blocks that are here too, and what is left of blocks on both.
  std::vector<uint32_t> givers;
  for (uint32_t i = from_[node]; i < from_[node + 1]; ++i) {
    const Block& block = blocks_[by_node_[i]];
    for (uint32_t t = block.taken; t != kNone; t = taken_[t].next) {
      if (taken_[t].node == node || taken_[t].bytes <= 0) continue;
      if (given_[taken_[t].node] == 0) givers.push_back(taken_[t].node);
      given_[taken_[t].node] += taken_[t].bytes;
    }
    if (block.left <= 0) continue;
    for (uint32_t h = block.first; h < block.first + block.count; ++h) common_[holders_[h]] += block.left;
  }
  double sum = 0;
  for (const uint32_t giver : givers) {
    sum += std::min(given_[giver], std::max(0.0, sampled_left_[giver] - common_[giver]));
    given_[giver] = 0;
  }
  for (uint32_t i = from_[node]; i < from_[node + 1]; ++i) {
    const Block& block = blocks_[by_node_[i]];
    for (uint32_t h = block.first; h < block.first + block.count; ++h) common_[holders_[h]] = 0;
  }
  counted_[node] = true;
  return exchangeable_[node] = sum;
}

TierBytes Coverage::Left(size_t node) const {
  TierBytes left = holdings_.nodes[node].local;
  const TierBytes own = TakeFastest(left, own_[node]);
  for (size_t tier = 0; tier < kTiers; ++tier) left[tier] -= own[tier];
  if (!sampled_ || sampled_bytes_[node] <= 0) return left;
  const auto rest = static_cast<double>(Total(left));
  if (rest <= 0) return left;
  const double total = static_cast<double>(Total(holdings_.nodes[node].local));
  const double free = sampled_left_[node] + Exchangeable(static_cast<uint32_t>(node));
  const double part = std::clamp(total * (free / sampled_bytes_[node]) / rest, 0.0, 1.0);
  if (part >= 1) return left;
  for (uint64_t& bytes : left) bytes = static_cast<uint64_t>(static_cast<double>(bytes) * part);
  return left;
}

uint64_t Coverage::LeftBytes(size_t node) const { return Total(Left(node)); }

}  // namespace locus::extender
