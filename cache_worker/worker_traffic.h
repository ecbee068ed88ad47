// Who reads from a worker's data port: put together for an agent and for a worker that serves Alluxio's clients itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cache_worker/metrics_export.h"
#include "cache_worker/report/client_bytes.h"
#include "cache_worker/traffic/traffic_watch.h"
#include "common/clock.h"

namespace locus::worker {

// Null where `interval` is zero. Not started. `clock` must outlive it.
std::unique_ptr<TrafficWatch> WatchTraffic(Duration interval, uint16_t port, const Clock& clock);

// What a report tells of it; none for null. `watch` must outlive the source.
TrafficSource SourceOf(TrafficWatch* watch);

// Nothing for null. `watch` must live as long as the metrics.
void ExportTraffic(TrafficWatch* watch, MetricsExport& exported);

}  // namespace locus::worker
