#include "extender/config.h"

namespace locus::extender {
namespace {

Duration ToDuration(const google::protobuf::Duration& d) {
  return std::chrono::seconds(d.seconds()) + std::chrono::nanoseconds(d.nanos());
}

}  // namespace

config::v1::Extender DefaultConfig() {
  config::v1::Extender config;
  config.mutable_listen()->set_port(8900);
  return config;
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

VerbOptions VerbOptionsOf(const config::v1::Extender& config) {
  VerbOptions options;
  const auto& scoring = config.scoring();
  options.scoring.tier_bandwidth = {scoring.mem_bandwidth(), scoring.ssd_bandwidth(), scoring.hdd_bandwidth()};
  options.scoring.network_bandwidth = scoring.network_bandwidth();
  options.scoring.min_gain_seconds = ToSeconds(ToDuration(scoring.min_gain()));
  options.scoring.indifference = scoring.indifference();
  options.scoring.min_headroom = scoring.min_headroom();
  options.budget = ToDuration(config.metadata().budget());
  options.max_age = ToDuration(config.metadata().max_age());
  options.explained_nodes = config.explain().nodes();
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
