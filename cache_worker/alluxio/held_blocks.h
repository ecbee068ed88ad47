// The store's blocks as the Alluxio master and locus-meta are told of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "cache_worker/alluxio/block_ledger.h"
#include "cache_worker/report/sources.h"
#include "cache_worker/store/block_store.h"
#include "common/mutex.h"

namespace locus::worker {

// In the store of a worker of Alluxio a file_id is a container id, an index a sequence number.
AlluxioBlockId AlluxioIdOf(const BlockKey& key);
BlockKey KeyOf(AlluxioBlockId id);

// Hears of each change from the store, and passes it on to the report. Thread-safe.
class HeldBlocks final : public BlockListener {
 public:
  // `report` must outlive it.
  explicit HeldBlocks(ReportNews& report) : report_(report) {}

  // Called when there is something to tell the master; with the store's lock held, so it must be quick. Before Begin.
  void OnNews(std::function<void()> on_news) { on_news_ = std::move(on_news); }
  // What lies there at the start. Once, before blocks are served. Changes that come while it runs are kept.
  void Begin(BlockStore& store);

  void OnAdded(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) override;
  void OnRemoved(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) override;

  // The content of this container of which blocks are here; null when there are none.
  std::shared_ptr<const FileFacts> FileOf(uint64_t container) const;

  // Of the ledger; see there.
  LedgerNews Take(size_t max);
  void PutBack(const LedgerNews& news);
  std::vector<LedgerBlock> StartOver();
  std::vector<AlluxioBlockId> ToFree(const std::vector<AlluxioBlockId>& ids);
  bool has_news() const;
  bool has_added() const;

 private:
  struct File {
    std::shared_ptr<const FileFacts> facts;
    // Copies of its blocks; two of one block for the length of a move.
    uint64_t copies = 0;
  };
  struct Event {
    std::shared_ptr<const FileFacts> file;
    uint32_t index = 0;
    Tier tier = Tier::kMem;
    bool added = true;
  };
  void Apply(const Event& event) REQUIRES(mutex_);
  void Hear(Event event);

  ReportNews& report_;
  std::function<void()> on_news_;
  mutable Mutex mutex_;
  BlockLedger ledger_ GUARDED_BY(mutex_);
  std::unordered_map<uint64_t, File> files_ GUARDED_BY(mutex_);
  // Set while Begin looks; events that come then.
  bool beginning_ GUARDED_BY(mutex_) = false;
  std::vector<Event> early_ GUARDED_BY(mutex_);
};

// The same blocks for the report to locus-meta: without facts of files, which the Alluxio master tells.
class HeldBlocksSource final : public BlockSource {
 public:
  // `store` must outlive it.
  explicit HeldBlocksSource(BlockStore& store) : store_(store) {}

  std::vector<BlockEvent> Snapshot(const std::function<void()>& at_that_moment) override;
  std::vector<TierUse> Usage() override { return store_.Usage(); }

 private:
  BlockStore& store_;
};

}  // namespace locus::worker
