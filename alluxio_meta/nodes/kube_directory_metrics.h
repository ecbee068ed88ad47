// What the directory of nodes tells Prometheus.
#pragma once

#include "alluxio_meta/nodes/kube_directory.h"
#include "common/metrics.h"

namespace locus::meta {

// Both must outlive the last Render.
void ExportKubeDirectory(const KubeDirectory& directory, Metrics& metrics);

}  // namespace locus::meta
