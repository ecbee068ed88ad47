// The blocks of the own store, for the report.
#pragma once

#include <functional>
#include <vector>

#include "cache_worker/report/sources.h"
#include "cache_worker/store/block_store.h"

namespace locus::worker {

// Thread-safe. The queue that gets the changes must be the store's listener.
class StoreSource final : public BlockSource {
 public:
  // `store` must outlive the source.
  explicit StoreSource(BlockStore& store) : store_(store) {}

  std::vector<BlockEvent> Snapshot(const std::function<void()>& at_that_moment) override {
    const std::vector<StoredBlock> stored = store_.Snapshot(at_that_moment);
    std::vector<BlockEvent> blocks;
    blocks.reserve(stored.size());
    for (const StoredBlock& block : stored) blocks.push_back({block.file, block.index, block.tier, true});
    return blocks;
  }
  std::vector<TierUse> Usage() override { return store_.Usage(); }

 private:
  BlockStore& store_;
};

}  // namespace locus::worker
