// Eviction by W-TinyLFU: new blocks prove themselves in a window before they may replace popular ones.
#pragma once

#include <list>
#include <unordered_map>

#include "cache_worker/store/eviction.h"
#include "cache_worker/store/frequency_sketch.h"

namespace locus::worker {

// Einziger, Friedman, Manes: "TinyLFU: A Highly Efficient Cache Admission Policy" (ACM TOS 2017), as W-TinyLFU.
//
// New blocks enter a window, in order of use, of 1 % of the blocks. When room is needed and the window is full, its
// last block contends with the last one of the main part: the one that was asked for less often lately goes, at a tie
// the newcomer. So neither a scan flushes the cache, nor a cycle that is longer than the cache: the main part stays.
// The main part is a segmented LRU: a block starts on probation, a use there takes it to the protected segment, at most
// 80 % of the main part, whose last one then goes back on probation.
//
// Unlike in the paper a block leaves the window only when room is needed: room that was made beforehand is no free
// ticket into the main part. The first blocks go there without a contest, as there is nobody to contend with, up to
// 95 % of what window and visits (one_use_a_visit.h) leave.
//
// All calls O(1), Victim and the ageing of the counts amortised. About 110 bytes of memory a block, and 16 to 32 for
// the counts.
class TinyLfuPolicy final : public EvictionPolicy {
 public:
  void Added(const BlockKey& key) override;
  void Asked(const BlockKey& key) override;
  void Removed(const BlockKey& key) override;
  std::optional<BlockKey> Victim(Spared spared) override;
  bool Admits(const BlockKey& candidate, const BlockKey& victim) const override {
    return Frequency(candidate) > Frequency(victim);
  }

 private:
  enum class Segment { kWindow, kProbation, kProtected };
  struct Entry {
    BlockKey key;
    Segment segment = Segment::kWindow;
  };
  // Last used first.
  using Queue = std::list<Entry>;

  Queue& QueueOf(Segment segment) {
    return segment == Segment::kWindow ? window_ : segment == Segment::kProbation ? probation_ : protected_;
  }
  uint32_t Frequency(const BlockKey& key) const { return counts_.Estimate(BlockKeyHash()(key)); }
  size_t WindowSize() const;
  size_t MainSize() const { return probation_.size() + protected_.size(); }
  // To the front of that segment.
  void MoveTo(Segment segment, Queue::iterator entry);
  void FillMain();
  // Looks at so many of the last ones of each segment.
  std::optional<BlockKey> Contest(Spared spared, size_t looks);
  // The last entry that is not spared.
  std::optional<Queue::iterator> Last(Segment segment, Spared spared, size_t looks);

  FrequencySketch counts_{0};
  Queue window_;
  Queue probation_;
  Queue protected_;
  std::unordered_map<BlockKey, Queue::iterator, BlockKeyHash> where_;
};

}  // namespace locus::worker
