// GET /v1/plan: a what-if without a pod.
#pragma once

#include "common/clock.h"
#include "common/http_server.h"
#include "extender/cluster/cluster_view.h"
#include "extender/decision/score.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

struct PlanPageParts {
  LocalityView& locality;
  ClusterView& cluster;
  ScoringParameters scoring;
  // How long it waits for an input that is seen for the first time.
  Duration budget{0};
  Duration max_age{0};
};

// Query: `inputs` as in the annotation; `executors` 1 to kMaxPlannedExecutors; optional `share` (4GiB), `layout`, and
// what one executor requests: `cpu` (2 or 1500m, default 1) and `memory` (default 1408MiB, Spark's own for 1 GiB of
// heap). 400: a value that cannot be used, with what to write. 503: the data is not known now, with the reason.
HttpResponse PlanPage(const PlanPageParts& parts, const HttpRequest& request);

}  // namespace locus::extender
