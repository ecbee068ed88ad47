// What a store tells Prometheus.
#pragma once

#include "cache_worker/metrics_export.h"
#include "cache_worker/store/block_store.h"

namespace locus::worker {

// Sizes, moves, folders that fail, free space, pins. After the store has its folders; it must live as long as the
// metrics.
void ExportStoreMetrics(BlockStore& store, MetricsExport& exported);

}  // namespace locus::worker
