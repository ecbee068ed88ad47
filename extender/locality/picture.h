// What locus-meta said about one input, and what is known of the nodes' load: immutable values, shared between threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extender/locality/name_index.h"

namespace locus::extender {

// MEM, SSD, HDD: a smaller index is faster (proto/locus/v1/types.proto, Tier).
inline constexpr size_t kTiers = 3;
inline constexpr std::array<std::string_view, kTiers> kTierNames = {"MEM", "SSD", "HDD"};
// Bytes by tier.
using TierBytes = std::array<uint64_t, kTiers>;

// a + b, at most 2^64 - 1: a total that does not fit is as good as the largest that does.
uint64_t AddSaturating(uint64_t a, uint64_t b);
// Sum over the tiers, saturating.
uint64_t Total(const TierBytes& bytes);
// The part of `bytes` that fits into `limit`, fastest tier first.
TierBytes TakeFastest(const TierBytes& bytes, uint64_t limit);

enum class InputState {
  kKnown,
  kUnknown,    // the source says that there is no such path
  kPending,    // asked for, not answered
  kInvalid,    // malformed, or in no mount
  kOverLimit,  // not asked for: too many inputs are followed
};

// One cache worker with at least one byte of the input.
struct Holder {
  std::string host;
  std::string container_host;
  uint32_t data_port = 0;
  // Kubernetes node; empty when the worker could not be matched to one.
  std::string node;
  TierBytes bytes{};
};

// Bytes of an input on one Kubernetes node.
struct NodeBytes {
  std::string node;
  TierBytes bytes{};
};

struct InputPicture {
  // As the pod wrote it.
  std::string input;
  InputState state = InputState::kPending;
  // What is wrong, when the state is kInvalid or kOverLimit.
  std::string problem;
  uint64_t length_bytes = 0;
  uint64_t cached_bytes = 0;
  uint64_t files = 0;
  uint64_t blocks = 0;
  std::vector<Holder> holders;
  // `holders` by node (SumByNode): sorted by name, without the unmatched ones.
  std::vector<NodeBytes> nodes;
  // Of `nodes`.
  NameIndex node_index;
  // On all nodes together: a block on two of them counts twice.
  uint64_t copied_bytes = 0;
};

// Fills `nodes`, `node_index` and `copied_bytes` from `holders` and `length_bytes`.
void IndexNodes(InputPicture& picture);

// Adds up the workers of each node. How many bytes two workers of one node hold in common is unknown: their sum counts,
// but never more than `length_bytes` on one node. Holders without node or without bytes do not count. Sorted by node
// name.
std::vector<NodeBytes> SumByNode(const std::vector<Holder>& holders, uint64_t length_bytes);

// Load by node, 0 to 1.
class NodeLoads {
 public:
  NodeLoads() = default;
  // Of two figures for one node the busier counts: both measure the same machine.
  explicit NodeLoads(std::vector<std::pair<std::string, double>> loads);

  // Empty: the node has not told it.
  std::optional<double> Find(std::string_view node) const;
  size_t size() const { return loads_.size(); }

 private:
  // Sorted by node.
  std::vector<std::pair<std::string, double>> loads_;
  NameIndex index_;
};

}  // namespace locus::extender
