// The HTTP paths that every daemon offers to its operator.
#pragma once

#include <functional>
#include <string>

#include "common/http_server.h"
#include "common/metrics.h"

namespace locus {

// Adds to `server`, before Start: GET /healthz (200 while the process serves), /readyz (200 when `not_ready` returns an
// empty text, else 503 with it), /metrics (which also tells of the process itself: common/program_metrics.h), /configz
// (`config_json`). `remark`: a further line of /readyz for people, which does not decide; empty: none. All that is
// passed must outlive the server.
void AddAdminRoutes(HttpServer& server, Metrics& metrics, std::string config_json,
                    std::function<std::string()> not_ready, std::function<std::string()> remark = {});

}  // namespace locus
