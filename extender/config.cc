#include "extender/config.h"

#include <algorithm>

#include "common/security.h"
#include "common/status.h"

namespace locus::extender {
namespace {

// Prometheus, the kubelet's probes, and a person.
constexpr int kAdminThreads = 4;

WaitLimits WaitLimitsOf(const config::v1::Extender& config) {
  return {ToDuration(config.gate().default_wait()), ToDuration(config.gate().max_wait()),
          ToDuration(config.gate().unknown_wait())};
}

}  // namespace

Duration ToDuration(const google::protobuf::Duration& d) {
  return std::chrono::seconds(d.seconds()) + std::chrono::nanoseconds(d.nanos());
}

config::v1::Extender DefaultConfig() {
  config::v1::Extender config;
  config.mutable_listen()->set_port(8900);
  config.mutable_admin()->mutable_listen()->set_port(8901);
  return config;
}

absl::Status CheckConfig(const config::v1::Extender& config) {
  std::string problems;
  for (const std::string& text :
       {ListenProblems("listen", config.listen()), ListenProblems("admin.listen", config.admin().listen()),
        ClientTlsProblems("metadata.tls", config.metadata().tls()),
        ClientTlsProblems("warm_up.tls", config.warm_up().tls()),
        AccessProblems(config.access(), {{"listen", &config.listen()}})}) {
    if (!text.empty()) problems += (problems.empty() ? "" : "\n") + text;
  }
  return problems.empty() ? absl::OkStatus() : InvalidArgument(problems);
}

HttpServerOptions HttpOptionsOf(const config::v1::Extender& config) {
  HttpServerOptions options;
  options.address = config.listen().address();
  options.port = static_cast<int>(config.listen().port());
  options.max_body_bytes = config.http().max_body();
  options.threads = static_cast<int>(config.http().threads());
  options.idle_timeout = ToDuration(config.http().idle_timeout());
  options.io_timeout = ToDuration(config.http().io_timeout());
  return options;
}

HttpServerOptions AdminOptionsOf(const config::v1::Extender& config) {
  HttpServerOptions options = HttpOptionsOf(config);
  options.address = config.admin().listen().address();
  options.port = static_cast<int>(config.admin().listen().port());
  options.threads = kAdminThreads;
  return options;
}

VerbOptions VerbOptionsOf(const config::v1::Extender& config) {
  VerbOptions options;
  const auto& scoring = config.scoring();
  options.scoring.tier_bandwidth = {scoring.mem_bandwidth(), scoring.ssd_bandwidth(), scoring.hdd_bandwidth()};
  options.scoring.network_bandwidth = scoring.network_bandwidth();
  options.scoring.min_gain_seconds = ToSeconds(ToDuration(scoring.min_gain()));
  options.scoring.indifference = scoring.indifference();
  options.scoring.min_headroom = scoring.min_headroom();
  options.scoring.cross_zone_bandwidth = scoring.cross_zone_bandwidth();
  options.scoring.requested_weight = scoring.requested_weight();
  options.sift = {config.gate().good_enough(), options.scoring.min_gain_seconds};
  options.budget = ToDuration(config.metadata().budget());
  options.max_age = ToDuration(config.metadata().max_age());
  options.explained_nodes = config.explain().nodes();
  return options;
}

ClusterOptions ClusterOptionsOf(const config::v1::Extender& config) {
  ClusterOptions options;
  options.max_pods = config.kubernetes().max_pods();
  options.max_nodes = config.kubernetes().max_nodes();
  options.fresh = ToDuration(config.scoring().fresh());
  options.assume_for = ToDuration(config.scoring().assume_for());
  return options;
}

GroupPlannerOptions PlannerOptionsOf(const config::v1::Extender& config) {
  const VerbOptions verbs = VerbOptionsOf(config);
  return {verbs.scoring, verbs.sift, verbs.max_age};
}

GateLimits GateLimitsOf(const config::v1::Extender& config) {
  GateLimits limits;
  limits.waits = WaitLimitsOf(config);
  limits.max_planned = config.gate().max_planned();
  return limits;
}

RefusalOptions RefusalOptionsOf(const config::v1::Extender& config) {
  return {WaitLimitsOf(config), config.gate().max_refused()};
}

SamplerOptions SamplerOptionsOf(const config::v1::Extender& config) {
  SamplerOptions options;
  options.max_blocks = config.metadata().sample_blocks();
  return options;
}

WarmUpOptions WarmUpOptionsOf(const config::v1::Extender& config) {
  WarmUpOptions options;
  const auto& warm_up = config.warm_up();
  options.below = warm_up.below();
  options.settle = ToDuration(warm_up.settle());
  // A worker takes 0 as no limit: what rounds to it is a limit all the same.
  if (warm_up.bytes_per_second() > 0) {
    options.bytes_per_second = std::max<uint64_t>(1, static_cast<uint64_t>(warm_up.bytes_per_second()));
  }
  options.max_bytes = warm_up.max_bytes();
  options.max_loads = warm_up.max_loads();
  options.max_age = ToDuration(config.metadata().max_age());
  return options;
}

WatchOptions WatchOptionsOf(const config::v1::Extender& config, uint64_t seed) {
  WatchOptions options;
  options.limits.max_inputs = config.metadata().max_inputs();
  options.limits.ttl = ToDuration(config.metadata().interest_ttl());
  options.limits.max_age = ToDuration(config.metadata().max_age());
  options.reconnect_max = ToDuration(config.metadata().reconnect_max());
  options.seed = seed;
  return options;
}

}  // namespace locus::extender
