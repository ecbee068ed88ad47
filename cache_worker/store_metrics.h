// What the tiers of a store tell Prometheus beside their sizes.
#pragma once

#include "cache_worker/metrics_export.h"
#include "cache_worker/store/block_store.h"

namespace locus::worker {

// Moves, folders that fail, free space, pins. `store` must live as long as the metrics.
void ExportTierMetrics(BlockStore& store, MetricsExport& exported);

}  // namespace locus::worker
