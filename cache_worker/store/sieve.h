// Eviction by SIEVE: a queue and a hand.
#pragma once

#include <list>
#include <unordered_map>

#include "cache_worker/store/eviction.h"

namespace locus::worker {

// Zhang, Yang, Yue, Vigfusson, Rashmi: "SIEVE is Simpler than LRU" (NSDI 2024). New blocks join the queue at its head;
// a use only marks a block. The hand goes from the tail to the head and round again: a marked block loses its mark and
// keeps its place, the first one without a mark goes. What is used once does not outlive what is used again; but a
// cycle that is longer than the cache gets no hits, as with LRU.
//
// All calls O(1), Victim amortised. About 110 bytes of memory a block.
class SievePolicy final : public EvictionPolicy {
 public:
  void Added(const BlockKey& key) override;
  void Asked(const BlockKey& key) override;
  void Removed(const BlockKey& key) override;
  std::optional<BlockKey> Victim(Spared spared) override;

 private:
  struct Entry {
    BlockKey key;
    bool used = false;
  };
  using Queue = std::list<Entry>;

  // From the tail to the head; from the head on to none, which stands for the tail.
  Queue::iterator Next(Queue::iterator at) { return at == queue_.begin() ? queue_.end() : std::prev(at); }

  // Newest first.
  Queue queue_;
  // The entry that is looked at next; end: the tail.
  Queue::iterator hand_ = queue_.end();
  std::unordered_map<BlockKey, Queue::iterator, BlockKeyHash> where_;
};

}  // namespace locus::worker
