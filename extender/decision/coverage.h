// What is left on each node for one more member of a group, after those that have a node already. Pure.
//
// A member takes its share from its node's bytes. Where blocks lie on several nodes, what one member takes is gone for
// the others: a sample of blocks tells how far copies overlap. A member takes the blocks with the fewest copies first,
// so that those with many are left to members elsewhere; and one that comes later takes blocks from earlier ones that
// find others on their own nodes instead: an augmenting path of one exchange (Ford, Fulkerson 1956,
// doi:10.4153/CJM-1956-045-5). Choosing the largest remainder each time is the greedy algorithm for maximum coverage,
// which is never below 1 - 1/e of the best (Nemhauser, Wolsey, Fisher 1978, doi:10.1007/BF01588971), and is far closer
// in practice: docs/placement.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "extender/decision/holdings.h"

namespace locus::extender {

class Coverage {
 public:
  // `holdings` must outlive it. Nothing is taken yet. O(nodes); the samples are read at the first Take.
  explicit Coverage(const Holdings& holdings);

  // Reads the samples, so that copies of this need not. True: copies on several nodes are known to overlap.
  bool Prepare();

  // A member on node `node` (position in Holdings::nodes) takes `share` bytes, or what is left.
  void Take(size_t node, uint64_t share);

  // Of HeldNode::local, what nobody has taken; what members on the node itself took is gone from the fastest tiers,
  // what others took from all tiers alike. Equal to `local` before the first Take.
  TierBytes Left(size_t node) const;
  uint64_t LeftBytes(size_t node) const;

 private:
  struct Block {
    double left = 0;
    // Of `holders_`.
    uint32_t first = 0;
    uint32_t count = 0;
    // Of `taken_`; kNone: nobody has taken any of it.
    uint32_t taken = kNone;
  };
  // What the members of one node took of one block.
  struct Taken {
    uint32_t node = 0;
    double bytes = 0;
    // The block's next entry.
    uint32_t next = kNone;
  };
  static constexpr uint32_t kNone = ~uint32_t{0};

  // Joins the samples of all inputs; without any, or when one input with copies has none, nodes count as disjoint.
  void ReadSamples();
  void AddSample(size_t input);
  void SortBlocks();
  // Of the sample, what a member that takes `bytes` of the node takes of its blocks.
  void TakeBlocks(uint32_t node, double bytes);
  // `part` of a block goes to the members of `node`; negative: comes back.
  void Move(Block& block, uint32_t node, double part);
  // The members of `from` give up to `bytes` of `block` to those of `to`, and take others of their own node instead.
  double Exchange(Block& block, uint32_t from, uint32_t to, double bytes);
  bool Holds(const Block& block, uint32_t node) const;
  // In bytes of the sample: what others would exchange for a member on `node`.
  double Exchangeable(uint32_t node) const;

  const Holdings& holdings_;
  bool started_ = false;
  bool sampled_ = false;
  // By node: bytes that its own members took.
  std::vector<uint64_t> own_;
  // By node, in bytes of the input: how much of its blocks in the sample there is, and how much nobody has taken.
  std::vector<double> sampled_bytes_;
  std::vector<double> sampled_left_;
  std::vector<Block> blocks_;
  std::vector<uint32_t> holders_;
  // Blocks by node, those with the fewest copies first: node n has by_node_[from_[n]] to by_node_[from_[n + 1]].
  std::vector<uint32_t> from_;
  std::vector<uint32_t> by_node_;
  std::vector<Taken> taken_;
  // By node: what Exchangeable says, and whether it still does.
  mutable std::vector<double> exchangeable_;
  mutable std::vector<bool> counted_;
  // Of Exchangeable; all zero between calls.
  mutable std::vector<double> given_;
  mutable std::vector<double> common_;
};

}  // namespace locus::extender
