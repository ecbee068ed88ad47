#include "cache_worker/config.h"

#include <filesystem>
#include <memory>

#include "cache_worker/alluxio_config.h"
#include "cache_worker/origin_config.h"
#include "cache_worker/report/addresses.h"
#include "cache_worker/store_config.h"
#include "common/config.h"
#include "common/endpoint.h"
#include "common/security.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr uint32_t kDataPort = 8920;
constexpr uint32_t kAdminPort = 8921;
constexpr uint32_t kDataHttpPort = 8922;
// Alluxio's own for workers.
constexpr uint32_t kAlluxioPort = 29999;
// Calls in progress are told to stop first; this is for those that are stuck in a write.
constexpr auto kDrain = std::chrono::milliseconds(500);
// Under way at once, each with a thread and its buffers.
constexpr int kMaxCalls = 4096;
constexpr auto kShortestProbe = std::chrono::milliseconds(10);

using google::protobuf::Message;

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

std::string TierField(const std::string& list, int i, const char* field) {
  return list + "." + std::to_string(i) + "." + field;
}

// Gathers problems, one a line.
class Problems {
 public:
  void Add(const std::string& text) { text_ += (text_.empty() ? "" : "\n") + text; }
  absl::Status status() const { return text_.empty() ? absl::OkStatus() : InvalidArgument(text_); }

 private:
  std::string text_;
};

// Every field of a section that is not as the schema's defaults leave it.
void RefuseFieldsThatAreSet(const Message& section, const Message& defaults, const std::string& name,
                            const std::string& mode, Problems& problems) {
  const auto* type = section.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const std::unique_ptr<Message> changed(defaults.New());
    changed->CopyFrom(defaults);
    const std::unique_ptr<Message> given(section.New());
    given->CopyFrom(section);
    section.GetReflection()->SwapFields(given.get(), changed.get(), {type->field(i)});
    if (changed->SerializeAsString() == defaults.SerializeAsString()) continue;
    problems.Add(name + "." + type->field(i)->name() + ": has no meaning in mode " + mode + ": remove it");
  }
}

config::v1::Worker SchemaDefaults() {
  config::v1::Worker defaults = DefaultConfig();
  // An empty file has no problems.
  (void)ParseConfig("", {}, &defaults);
  return defaults;
}

void CheckStore(const config::v1::Worker& config, Problems& problems) {
  const auto& tiers = config.store().tiers();
  for (const std::string& problem : OriginProblems(config.origin())) problems.Add(problem);
  if (tiers.empty()) problems.Add("store.tiers: is required, with one folder at least");
  for (int i = 0; i < tiers.size(); ++i) {
    const std::string field = TierField("store.tiers", i, "path");
    for (const auto& [origin_field, folder] : OriginFolders(config.origin())) {
      if (!Overlap(tiers[i].path(), folder)) continue;
      problems.Add(field + ": '" + tiers[i].path() + "' and " + origin_field + " '" + folder +
                   "' must not lie within each other");
    }
    for (int j = 0; j < i; ++j) {
      if (!Overlap(tiers[i].path(), tiers[j].path())) continue;
      problems.Add(field + ": '" + tiers[i].path() + "' and " + TierField("store.tiers", j, "path") + " '" +
                   tiers[j].path() + "' must not lie within each other");
    }
    if (i > 0 && ParseTier(tiers[i].tier()) < ParseTier(tiers[i - 1].tier())) {
      problems.Add(TierField("store.tiers", i, "tier") + ": '" + tiers[i].tier() +
                   "' is faster than the tier before it: list the fastest first");
    }
  }
  for (const std::string& problem : CheckStoreRules(config.store())) problems.Add(problem);
  RefuseFieldsThatAreSet(config.agent(), SchemaDefaults().agent(), "agent", config.mode(), problems);
}

void CheckReport(const config::v1::Worker::Report& report, Problems& problems) {
  const std::vector<std::string> targets = TargetsIn(report.target());
  if (targets.size() > kMaxReportTargets) {
    problems.Add("report.target: names " + std::to_string(targets.size()) + " targets; at most " +
                 std::to_string(kMaxReportTargets) + " are reported to");
  }
  if (!report.every_address()) return;
  if (report.tls().enabled() && report.tls().server_name().empty()) {
    problems.Add("report.tls.server_name: is required with report.every_address, which dials addresses, not names");
  }
  for (const std::string& target : targets) {
    const absl::Status status = ParseEndpoint(target).status();
    if (!status.ok()) problems.Add("report.target: report.every_address needs hosts with ports: " + MessageOf(status));
  }
}

void CheckAgent(const config::v1::Worker& config, Problems& problems) {
  const config::v1::Worker::Agent& agent = config.agent();
  if (agent.tiers().empty()) problems.Add("agent.tiers: is required, with every folder of the Alluxio worker");
  const std::string& data = agent.data_folder();
  if (data.find('/') != std::string::npos || data == "." || data == "..") {
    problems.Add("agent.data_folder: '" + data + "' must be the name of one folder, without '/'");
  }
  for (int i = 0; i < agent.tiers_size(); ++i) {
    const std::string field = TierField("agent.tiers", i, "path");
    const std::string& path = agent.tiers(i).path();
    if (path.front() != '/') problems.Add(field + ": '" + path + "' must begin with '/'");
    for (int j = 0; j < i; ++j) {
      const std::string& other = agent.tiers(j).path();
      const std::string other_field = TierField("agent.tiers", j, "path");
      if (Normal(path) == Normal(other)) {
        problems.Add(field + ": '" + path + "' is given twice, see " + other_field);
      } else if (Overlap(path + "/" + data, other + "/" + data)) {
        problems.Add(field + ": '" + path + "' and " + other_field + " '" + other + "' must not have their '" + data +
                     "' within each other");
      }
    }
  }
  const Duration probe = ToDuration(agent.probe());
  if (probe > Duration(0) && probe < kShortestProbe) {
    problems.Add("agent.probe: is more often than any Alluxio worker should be asked: at least 10ms, or 0s for never");
  }
  if (!config.listen().port_file().empty()) {
    problems.Add("listen.port_file: has no meaning in mode agent, which opens no gRPC port: remove it");
  }
  const config::v1::Worker defaults = SchemaDefaults();
  RefuseFieldsThatAreSet(config.origin(), defaults.origin(), "origin", "agent", problems);
  RefuseFieldsThatAreSet(config.store(), defaults.store(), "store", "agent", problems);
  RefuseFieldsThatAreSet(config.data_http(), defaults.data_http(), "data_http", "agent", problems);
}

}  // namespace

config::v1::Worker DefaultConfig() {
  config::v1::Worker config;
  config.mutable_listen()->set_port(kDataPort);
  config.mutable_admin()->set_port(kAdminPort);
  config.mutable_data_http()->mutable_listen()->set_port(kDataHttpPort);
  config.mutable_alluxio()->mutable_listen()->set_port(kAlluxioPort);
  return config;
}

absl::Status CheckConfig(const config::v1::Worker& config) {
  Problems problems;
  IsAgent(config) ? CheckAgent(config, problems) : CheckStore(config, problems);
  for (const std::string& problem : AlluxioProblems(config, SchemaDefaults().alluxio())) problems.Add(problem);
  CheckReport(config.report(), problems);
  for (const std::string& text : {ListenProblems("listen", config.listen()), ListenProblems("admin", config.admin()),
                                  ClientTlsProblems("report.tls", config.report().tls()),
                                  PlainListenProblems("data_http.listen", config.data_http().listen()),
                                  PlainListenProblems("alluxio.listen", config.alluxio().listen()),
                                  AccessProblems(config.access(), {{"listen", &config.listen()}})}) {
    if (!text.empty()) problems.Add(text);
  }
  const std::string host = AnnouncedHost(config);
  if (host == "0.0.0.0" || host == "::") {
    const bool own = IsAgent(config) && !config.agent().host().empty();
    problems.Add(std::string(own ? "agent.host" : "announce_host") + ": nobody can reach '" + host +
                 "': set the host under which readers reach this worker");
  }
  return problems.status();
}

bool IsAgent(const config::v1::Worker& config) { return config.mode() == "agent"; }

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
  // Alluxio decides for each file.
  options.any_block_size = IsAlluxioWorker(config);
  SetStoreRules(config.store(), options);
  return options;
}

GrpcServerOptions DataServerOptions(const config::v1::Worker& config) {
  GrpcServerOptions options;
  options.address = config.listen().address();
  options.port = static_cast<int>(config.listen().port());
  options.drain = kDrain;
  options.max_threads = kMaxCalls;
  options.connections = ToLimits(config.limits());
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
  if (IsAgent(config) && !config.agent().host().empty()) return config.agent().host();
  if (!config.announce_host().empty()) return config.announce_host();
  return ServesAlluxio(config) ? config.alluxio().listen().address() : config.listen().address();
}

std::vector<AgentFolder> AgentFolders(const config::v1::Worker& config) {
  std::vector<AgentFolder> folders;
  for (const auto& tier : config.agent().tiers()) {
    folders.push_back({ParseTier(tier.tier()).value_or(Tier::kHdd),
                       Normal(tier.path() + "/" + config.agent().data_folder()), tier.quota()});
  }
  return folders;
}

v1::HolderAddress AlluxioAddress(const config::v1::Worker& config) {
  v1::HolderAddress address;
  address.set_host(AnnouncedHost(config));
  address.set_container_host(config.agent().container_host());
  address.set_data_port(config.agent().data_port());
  return address;
}

std::string ProbedHost(const config::v1::Worker& config) {
  return config.agent().container_host().empty() ? AnnouncedHost(config) : config.agent().container_host();
}

}  // namespace locus::worker
