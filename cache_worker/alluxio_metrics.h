// Figures of the Alluxio side for Prometheus.
#pragma once

#include "cache_worker/alluxio/alluxio_server.h"
#include "cache_worker/alluxio/master_blocks.h"
#include "cache_worker/alluxio/master_link.h"
#include "cache_worker/metrics_export.h"

namespace locus::worker {

// What they read must live as long as the metrics.
void ExportAlluxioServer(const AlluxioServer& server, MetricsExport& exported);
void ExportMembership(const MasterLink& link, const MasterBlocks& blocks, MetricsExport& exported);

}  // namespace locus::worker
