// The catalog's figures on /metrics.
#pragma once

#include "alluxio_meta/catalog/catalog.h"
#include "common/metrics.h"

namespace locus::meta {

// Reads Catalog::Stats at each Render. Both must outlive the last Render.
void ExportCatalog(const Catalog& catalog, Metrics& metrics);

}  // namespace locus::meta
