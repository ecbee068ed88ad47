#include "cache_worker/config.h"

#include <filesystem>

#include "common/status.h"

namespace locus::worker {
namespace {

constexpr uint32_t kDataPort = 8920;
constexpr uint32_t kAdminPort = 8921;
// Calls in progress are told to stop first; this is for those that are stuck in a write.
constexpr auto kDrain = std::chrono::milliseconds(500);

std::string Normal(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

// Whether one is the other, or lies in it.
bool Overlap(const std::string& a, const std::string& b) {
  const auto within = [](const std::string& inner, const std::string& outer) {
    const std::string prefix = outer == "/" ? outer : outer + "/";
    return inner == outer || inner.compare(0, prefix.size(), prefix) == 0;
  };
  const std::string x = Normal(a), y = Normal(b);
  return within(x, y) || within(y, x);
}

std::string TierField(int i, const char* field) { return "store.tiers." + std::to_string(i) + "." + field; }

}  // namespace

config::v1::Worker DefaultConfig() {
  config::v1::Worker config;
  config.mutable_listen()->set_port(kDataPort);
  config.mutable_admin()->set_port(kAdminPort);
  return config;
}

absl::Status CheckConfig(const config::v1::Worker& config) {
  std::string problems;
  const auto problem = [&problems](const std::string& text) { problems += (problems.empty() ? "" : "\n") + text; };
  const auto& tiers = config.store().tiers();
  if (config.mode() == "agent") problem("mode: agent is not there yet");
  if (config.origin().folder().empty()) problem("origin.folder: is required");
  if (tiers.empty()) problem("store.tiers: is required, with one folder at least");
  for (int i = 0; i < tiers.size(); ++i) {
    if (!config.origin().folder().empty() && Overlap(tiers[i].path(), config.origin().folder())) {
      problem(TierField(i, "path") + ": '" + tiers[i].path() + "' and origin.folder '" + config.origin().folder() +
              "' must not lie within each other");
    }
    for (int j = 0; j < i; ++j) {
      if (!Overlap(tiers[i].path(), tiers[j].path())) continue;
      problem(TierField(i, "path") + ": '" + tiers[i].path() + "' and " + TierField(j, "path") + " '" +
              tiers[j].path() + "' must not lie within each other");
    }
    if (i > 0 && ParseTier(tiers[i].tier()) < ParseTier(tiers[i - 1].tier())) {
      problem(TierField(i, "tier") + ": '" + tiers[i].tier() +
              "' is faster than the tier before it: list the fastest first");
    }
  }
  const std::string host = AnnouncedHost(config);
  if (host == "0.0.0.0" || host == "::") {
    problem("announce_host: nobody can reach '" + host + "': set the host under which readers reach this worker");
  }
  return problems.empty() ? absl::OkStatus() : InvalidArgument(problems);
}

Duration ToDuration(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + std::chrono::nanoseconds(duration.nanos());
}

BlockStoreOptions StoreOptions(const config::v1::Worker& config) {
  BlockStoreOptions options;
  for (const auto& tier : config.store().tiers()) {
    options.folders.push_back({ParseTier(tier.tier()).value_or(Tier::kHdd), Normal(tier.path()), tier.quota()});
  }
  options.block_bytes = config.store().block_size();
  options.sync = config.store().sync();
  return options;
}

GrpcServerOptions DataServerOptions(const config::v1::Worker& config) {
  GrpcServerOptions options;
  options.address = config.listen().address();
  options.port = static_cast<int>(config.listen().port());
  options.drain = kDrain;
  return options;
}

HttpServerOptions AdminServerOptions(const config::v1::Worker& config) {
  HttpServerOptions options;
  options.address = config.admin().address();
  options.port = static_cast<int>(config.admin().port());
  options.max_body_bytes = config.http().max_body();
  options.threads = static_cast<int>(config.http().threads());
  options.idle_timeout = ToDuration(config.http().idle_timeout());
  options.io_timeout = ToDuration(config.http().io_timeout());
  return options;
}

std::string AnnouncedHost(const config::v1::Worker& config) {
  return config.announce_host().empty() ? config.listen().address() : config.announce_host();
}

}  // namespace locus::worker
