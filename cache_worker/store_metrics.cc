#include "cache_worker/store_metrics.h"

#include <string>

namespace locus::worker {

void ExportTierMetrics(BlockStore& store, MetricsExport& exported) {
  const auto counter = [&](const std::string& name, const std::string& help, uint64_t StoreStats::*field) {
    exported.AddCounter("locus_worker_" + name, help, {}, [&store, field] { return store.Stats().*field; });
  };
  counter("promotions_total", "Blocks moved to a faster tier.", &StoreStats::promotions);
  counter("promotions_dropped_total", "Blocks read often that stayed where they were: nothing faster was colder.",
          &StoreStats::promotions_dropped);
  counter("demotions_total", "Blocks moved to a slower tier.", &StoreStats::demotions);
  counter("failed_moves_total", "Moves between tiers that failed on the way.", &StoreStats::moves_failed);
  counter("refused_for_free_space_total", "Blocks not cached because store.keep_free would not have stayed free.",
          &StoreStats::refused_for_free_space);
  counter("folder_failures_total", "Times that a tier folder was set aside, or took no new blocks any more.",
          &StoreStats::folder_failures);
  counter("pins_over_limit_total", "Blocks below a pin left unpinned because of store.max_pinned.",
          &StoreStats::pins_over_limit);
  exported.AddGauge("locus_worker_pinned_bytes", "Bytes of pinned blocks.", {},
                    [&store] { return static_cast<double>(store.Stats().pinned_bytes); });
  exported.AddGauge("locus_worker_failing_folders", "Tier folders that fail at present.", {},
                    [&store] { return static_cast<double>(store.FolderProblems().size()); });
}

}  // namespace locus::worker
