#include "cache_worker/store_metrics.h"

#include <string>

namespace locus::worker {
namespace {

void ExportMoves(BlockStore& store, MetricsExport& exported) {
  const auto counter = [&](const std::string& name, const std::string& help, uint64_t StoreStats::*field) {
    exported.AddCounter(name, help, {}, [&store, field] { return store.Stats().*field; });
  };
  counter("locus_worker_promotions_total", "Blocks moved to a faster tier.", &StoreStats::promotions);
  counter("locus_worker_promotions_dropped_total",
          "Blocks read often that stayed where they were: nothing faster was colder.", &StoreStats::promotions_dropped);
  counter("locus_worker_demotions_total", "Blocks moved to a slower tier.", &StoreStats::demotions);
  counter("locus_worker_failed_moves_total", "Moves between tiers that failed on the way.", &StoreStats::moves_failed);
  counter("locus_worker_refused_for_free_space_total",
          "Blocks not cached because store.keep_free would not have stayed free.", &StoreStats::refused_for_free_space);
  counter("locus_worker_folder_failures_total",
          "Times that a tier folder was set aside, or took no new blocks any more.", &StoreStats::folder_failures);
  counter("locus_worker_pins_over_limit_total", "Blocks below a pin left unpinned because of store.max_pinned.",
          &StoreStats::pins_over_limit);
  exported.AddGauge("locus_worker_pinned_bytes", "Bytes of pinned blocks.", {},
                    [&store] { return static_cast<double>(store.Stats().pinned_bytes); });
  exported.AddGauge("locus_worker_failing_folders", "Tier folders that fail at present.", {},
                    [&store] { return static_cast<double>(store.FolderProblems().size()); });
}

void ExportSizes(BlockStore& store, MetricsExport& exported) {
  for (const TierUse& use : store.Usage()) {
    const Labels labels = {{"tier", std::string(TierName(use.tier))}};
    const auto of_tier = [&store, tier = use.tier](uint64_t TierUse::*field) {
      for (const TierUse& u : store.Usage()) {
        if (u.tier == tier) return static_cast<double>(u.*field);
      }
      return 0.0;
    };
    exported.AddGauge("locus_worker_used_bytes", "Bytes of blocks in the tier.", labels,
                      [of_tier] { return of_tier(&TierUse::used_bytes); });
    exported.AddGauge("locus_worker_capacity_bytes", "Quota of the tier.", labels,
                      [of_tier] { return of_tier(&TierUse::capacity_bytes); });
  }
}

}  // namespace

void ExportStoreMetrics(BlockStore& store, MetricsExport& exported) {
  ExportSizes(store, exported);
  ExportMoves(store, exported);
  exported.AddCounter("locus_worker_evictions_total", "Blocks evicted to make room.", {},
                      [&store] { return store.Stats().evictions; });
  exported.AddCounter("locus_worker_torn_blocks_total", "Blocks dropped because their checksum or size was wrong.", {},
                      [&store] { return store.Stats().torn_blocks; });
  exported.AddGauge("locus_worker_stuck_files", "Files that have to go and cannot be removed.", {},
                    [&store] { return static_cast<double>(store.Stats().stuck_files); });
  exported.AddGauge("locus_worker_blocks", "Blocks in the cache.", {},
                    [&store] { return static_cast<double>(store.Stats().blocks); });
}

}  // namespace locus::worker
