// The HTTP data port of a worker, as worker.yaml wants it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cache_worker/http/data_server.h"
#include "cache_worker/metrics_export.h"
#include "cache_worker/store/read_through.h"
#include "common/clock.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

HttpDataOptions HttpDataOptionsOf(const config::v1::Worker& config);

// Opens the port and writes its port file. Null where data_http is off, or where that failed: then `problems` has one
// more. `reads` and `clock` must outlive the server.
std::unique_ptr<DataServer> OpenDataHttp(const config::v1::Worker& config, ReadThrough& reads, const Clock& clock,
                                         std::vector<std::string>& problems);

// Registers the server's figures; it must live as long as they are asked for.
void ExportDataHttp(const DataServer& server, MetricsExport& exported);

}  // namespace locus::worker
