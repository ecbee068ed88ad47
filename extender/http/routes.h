// Paths of the extender's HTTP server.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/http_server.h"
#include "common/metrics.h"
#include "extender/cluster/cluster_view.h"
#include "extender/explain/application_share.h"
#include "extender/explain/condition.h"
#include "extender/explain/decision_ring.h"
#include "extender/http/verbs.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

// What the paths need; all of it must outlive the server.
struct RouteDependencies {
  Verbs& verbs;
  const DecisionRing& ring;
  LocalityView& locality;
  ClusterView& cluster;
  Metrics& metrics;
  // For /configz.
  std::string config_json;
  // How /v1/plan counts, and how long it and /v1/locality wait for an input that is seen for the first time.
  VerbOptions options;
  // Of this process; an explanation that is missing may be older.
  WallTime started;
  // How the API server is, for /readyz.
  std::function<std::string()> cluster_condition;
  // The same for /v1/overview. Empty: no API server is configured.
  std::function<ClusterCondition()> cluster_facts;
  // For what people are told of ages.
  const Clock& clock;
  // At most so many applications, the one that placed a pod last first.
  std::function<std::vector<ApplicationShare>(size_t limit)> applications;
};

// Adds, before Start, what an operator and probes ask: the paths of common/admin.h. /readyz is 200 while the process
// serves, whatever locus-meta does: the scheduler must never wait for it; its text tells how the metadata is.
void AddOperatorRoutes(HttpServer& server, const RouteDependencies& dependencies);

// Adds, before Start: POST /filter, /prioritize, /v1/filter, /v1/prioritize; GET /v1/explain/{namespace}/{pod},
// /v1/decisions, /v1/locality, /v1/inputs, /v1/overview, /v1/plan, the web page, and the operator's paths.
void AddRoutes(HttpServer& server, const RouteDependencies& dependencies);

}  // namespace locus::extender
