// From the configuration message to what each room wants.
#pragma once

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/http_server.h"
#include "extender/cluster/cluster_state.h"
#include "extender/gate/gate_round.h"
#include "extender/gate/group_planner.h"
#include "extender/gate/refusal.h"
#include "extender/http/verbs.h"
#include "extender/locality/block_sampler.h"
#include "extender/locality/watched_locality.h"
#include "extender/warm_up/warm_up.h"
#include "proto/config/v1/extender.pb.h"

namespace locus::extender {

// Seconds and nanoseconds as one.
Duration ToDuration(const google::protobuf::Duration& d);

// What only this binary sets before the file is read: the ports.
config::v1::Extender DefaultConfig();

// INVALID_ARGUMENT names all problems that the rules of single fields cannot express, one a line.
absl::Status CheckConfig(const config::v1::Extender& config);

HttpServerOptions HttpOptionsOf(const config::v1::Extender& config);
// Of the operator's own port; its limits are those of the other one.
HttpServerOptions AdminOptionsOf(const config::v1::Extender& config);
VerbOptions VerbOptionsOf(const config::v1::Extender& config);
ClusterOptions ClusterOptionsOf(const config::v1::Extender& config);
GroupPlannerOptions PlannerOptionsOf(const config::v1::Extender& config);
GateLimits GateLimitsOf(const config::v1::Extender& config);
RefusalOptions RefusalOptionsOf(const config::v1::Extender& config);
SamplerOptions SamplerOptionsOf(const config::v1::Extender& config);
WarmUpOptions WarmUpOptionsOf(const config::v1::Extender& config);
// `seed` is of the jitter.
WatchOptions WatchOptionsOf(const config::v1::Extender& config, uint64_t seed);

}  // namespace locus::extender
