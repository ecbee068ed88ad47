// The master's client on /metrics.
#pragma once

#include "alluxio_meta/alluxio/master_client.h"
#include "common/metrics.h"

namespace locus::meta {

// Reads MasterClient::Stats at each Render. Both must outlive the last Render.
void ExportMaster(const MasterClient& client, Metrics& metrics);

}  // namespace locus::meta
