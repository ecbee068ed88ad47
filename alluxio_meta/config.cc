#include "alluxio_meta/config.h"

#include <algorithm>
#include <utility>

#include "common/security.h"
#include "common/status.h"
#include "common/units.h"

namespace locus::meta {
namespace {

constexpr uint32_t kGrpcPort = 8910;
constexpr uint32_t kAdminPort = 8911;
// Alluxio's own, so that URIs need no port.
constexpr uint32_t kFrontPort = 19998;
// Beside the streams of workers: those of extenders, and single calls.
constexpr uint32_t kCallThreads = 4096;
// Polls of the master that may fail before it counts as away; at least three seconds, so that one slow answer does not
// mark the picture stale.
constexpr int kMissedPolls = 3;
// A listing ends by the deadlines of its calls, not by our impatience: this only frees what was forgotten.
constexpr Duration kMirrorSilence = std::chrono::minutes(30);

Duration ToDuration(const google::protobuf::Duration& d) {
  return std::chrono::seconds(d.seconds()) + std::chrono::nanoseconds(d.nanos());
}

Source ParseSource(const std::string& source) {
  return source == "alluxio" ? Source::kAlluxio : source == "both" ? Source::kBoth : Source::kWorkers;
}

Authentication ParseAuthentication(const std::string& text) {
  if (text == "none") return Authentication::kNone;
  if (text == "simple") return Authentication::kSimple;
  return text == "custom" ? Authentication::kCustom : Authentication::kAuto;
}

MasterOptions ToMasterOptions(const config::v1::Meta::Alluxio& config) {
  MasterOptions master;
  master.masters.assign(config.masters().begin(), config.masters().end());
  master.authentication = ParseAuthentication(config.authentication());
  master.user = config.user();
  master.password_file = config.password_file();
  master.tls = {config.tls().enabled(), config.tls().ca_file(), config.tls().server_name()};
  master.call_timeout = ToDuration(config.call_timeout());
  master.connect_timeout = ToDuration(config.connect_timeout());
  master.reconnect_max = ToDuration(config.reconnect_max());
  master.calls_per_second = config.calls_per_second();
  master.page_size = config.page_size();
  return master;
}

template <typename Problem>
void FillNodes(const config::v1::Meta::Nodes& config, const Problem& problem, MetaConfig* result) {
  for (const config::v1::Meta::Node& node : config.known()) {
    DirectoryNode known;
    known.name = node.name();
    for (const std::string& address : node.addresses()) known.addresses.push_back({"", address});
    result->nodes.known.push_back(std::move(known));
  }
  result->nodes.worker_selector = config.kubernetes().worker_selector();
  result->nodes.refresh = ToDuration(config.kubernetes().refresh());
  result->in_cluster = config.kubernetes().in_cluster();
  result->kubeconfig = config.kubernetes().kubeconfig();
  result->kube_call_timeout = ToDuration(config.kubernetes().call_timeout());
  if (result->in_cluster && !result->kubeconfig.empty()) {
    problem("nodes.kubernetes: in_cluster and kubeconfig are both set: choose one");
  }
}

template <typename Problem>
void FillFront(const config::v1::Meta& config, const Problem& problem, FrontConfig* result) {
  const config::v1::Meta::Front& front = config.front();
  result->enabled = front.enabled();
  result->server.address = front.listen().address();
  result->server.port = static_cast<int>(front.listen().port());
  result->server.max_message_bytes = front.max_message();
  result->port_file = front.listen().port_file();
  result->hosts_per_block = front.hosts_per_block();
  result->max_calls = front.max_calls();
  result->pod_selector = front.pod_selector();
  result->max_pods = front.max_pods();
  result->listings.ttl = ToDuration(front.listing_ttl());
  result->listings.max_entries = front.listing_limit();
  if (!front.enabled()) return;
  for (const auto& [field, other] : {std::pair("listen", config.listen()), std::pair("admin", config.admin())}) {
    if (other.port() != 0 && other.port() == front.listen().port() && other.address() == front.listen().address()) {
      problem("front.listen.port: " + std::to_string(other.port()) + " is " + field + ".port too");
    }
  }
}

template <typename Problem>
void FillSecurity(const config::v1::Meta& config, const Problem& problem, MetaConfig* result) {
  for (const std::string& text : {ListenProblems("listen", config.listen()), ListenProblems("admin", config.admin()),
                                  PlainListenProblems("front.listen", config.front().listen()),
                                  AccessProblems(config.access(), {{"listen", &config.listen()}})}) {
    if (!text.empty()) problem(text);
  }
  result->grpc_listen = config.listen();
  result->admin_listen = config.admin();
  result->access = config.access();
  const config::v1::Meta::Identity& identity = config.workers().identity();
  const std::string& proof = identity.proof();
  result->identity.certificate = proof == "certificate" || proof == "either";
  result->identity.token = proof == "token" || proof == "either";
  result->identity.dns_suffix = identity.dns_suffix();
  result->identity.service_account = identity.service_account();
  result->identity.audience = identity.audience();
  const std::string field = "workers.identity.proof: " + proof + ": ";
  if (result->identity.certificate && config.listen().tls().client_ca_file().empty()) {
    problem(field + "needs listen.tls.client_ca_file, whose authority signs the workers' certificates");
  }
  if (result->identity.token && config.listen().tls().cert_file().empty()) {
    problem(field + "needs listen.tls.cert_file: tokens do not travel in plaintext");
  }
  if (result->identity.token && !result->in_cluster && result->kubeconfig.empty()) {
    problem(field + "needs nodes.kubernetes: the API server says whose a token is");
  }
  if (std::count(identity.service_account().begin(), identity.service_account().end(), '/') != 1) {
    problem("workers.identity.service_account: write <namespace>/<name>");
  }
}

// Of `source: alluxio` and `both`.
template <typename Problem>
void FillMaster(const config::v1::Meta& config, const Problem& problem, MetaConfig* result) {
  const config::v1::Meta::Alluxio& alluxio = config.alluxio();
  result->master = ToMasterOptions(alluxio);
  result->mirror.worker_refresh = ToDuration(alluxio.worker_refresh());
  result->mirror.mount_refresh = ToDuration(alluxio.mount_refresh());
  InterestOptions& interest = result->catalog.interest;
  interest.fast = ToDuration(alluxio.refresh_fast());
  interest.fast_for = ToDuration(alluxio.fast_for());
  interest.max_load = alluxio.max_load();
  interest.max_at_worker = result->mirror.listers;
  interest.max_attempts = 1;
  interest.listing_silence = kMirrorSilence;
  WorkerOptions& workers = result->catalog.workers;
  workers.by_master = true;
  workers.stale_limit = ToDuration(alluxio.stale_limit());
  workers.master_silence = std::max<Duration>(std::chrono::seconds(3), kMissedPolls * result->mirror.worker_refresh);
  if (alluxio.masters().empty()) {
    problem("alluxio.masters: is required with source: " + config.source() + ", as host:port (19998 is Alluxio's own)");
  }
  if (alluxio.authentication() == "custom" && alluxio.password_file().empty()) {
    problem("alluxio.password_file: is required with authentication: custom");
  }
  if (2 * result->mirror.worker_refresh > workers.lost_after) {
    problem("alluxio.worker_refresh: " + FormatDuration(result->mirror.worker_refresh) +
            " is more than half of workers.lost_after (" + FormatDuration(workers.lost_after) + ")");
  }
  if (interest.fast > interest.refresh) {
    problem("alluxio.refresh_fast: " + FormatDuration(interest.fast) + " is above index.listing_refresh (" +
            FormatDuration(interest.refresh) + ")");
  }
}

}  // namespace

void PresetDefaults(config::v1::Meta* config) {
  config->mutable_listen()->set_port(kGrpcPort);
  config->mutable_admin()->set_port(kAdminPort);
  config->mutable_front()->mutable_listen()->set_port(kFrontPort);
}

absl::StatusOr<MetaConfig> ToMetaConfig(const config::v1::Meta& config) {
  std::string problems;
  const auto problem = [&](const std::string& text) { problems += (problems.empty() ? "" : "\n") + text; };

  MetaConfig result;
  result.grpc.address = config.listen().address();
  result.grpc.port = static_cast<int>(config.listen().port());
  result.grpc.max_threads = static_cast<int>(config.workers().max_workers() + kCallThreads);
  result.grpc.connections = ToLimits(config.limits());
  result.front.server.connections = result.grpc.connections;
  if (result.grpc.connections.connections < config.workers().max_workers()) {
    problem("limits.connections: " + std::to_string(config.limits().connections()) + " is below workers.max_workers (" +
            std::to_string(config.workers().max_workers()) + "), each of which holds a connection");
  }
  result.grpc_port_file = config.listen().port_file();
  result.admin.address = config.admin().address();
  result.admin.port = static_cast<int>(config.admin().port());
  result.admin.max_body_bytes = config.http().max_body();
  result.admin.threads = static_cast<int>(config.http().threads());
  result.admin.idle_timeout = ToDuration(config.http().idle_timeout());
  result.admin.io_timeout = ToDuration(config.http().io_timeout());
  result.admin_port_file = config.admin().port_file();
  if (config.listen().port() != 0 && config.listen().port() == config.admin().port() &&
      config.listen().address() == config.admin().address()) {
    problem("admin.port: " + std::to_string(config.admin().port()) + " is listen.port too");
  }

  WorkerOptions& workers = result.catalog.workers;
  workers.lost_after = ToDuration(config.workers().lost_after());
  workers.forget_after = ToDuration(config.workers().forget_after());
  workers.max_workers = config.workers().max_workers();
  if (workers.forget_after < workers.lost_after) {
    problem("workers.forget_after: " + FormatDuration(workers.forget_after) + " is below workers.lost_after (" +
            FormatDuration(workers.lost_after) + ")");
  }
  result.readiness.settle = ToDuration(config.readiness().settle());
  result.readiness.at_most = ToDuration(config.readiness().at_most());
  if (result.readiness.settle > result.readiness.at_most) {
    problem("readiness.settle: " + FormatDuration(result.readiness.settle) + " is above readiness.at_most (" +
            FormatDuration(result.readiness.at_most) + ")");
  }
  InterestOptions& interest = result.catalog.interest;
  interest.ttl = ToDuration(config.index().interest_ttl());
  interest.refresh = ToDuration(config.index().listing_refresh());
  interest.negative_ttl = ToDuration(config.index().negative_ttl());
  result.catalog.source = ParseSource(config.source());
  if (result.catalog.source != Source::kWorkers) {
    FillMaster(config, problem, &result);
  } else if (!config.alluxio().masters().empty()) {
    problem("alluxio.masters: is without effect with source: workers; set source: both, or alluxio");
  }
  result.catalog.index.max_files = config.index().max_files();
  result.catalog.index.max_unasked_blocks = config.index().max_unasked_blocks();
  result.interest_file = config.index().interest_file();
  FillNodes(config.nodes(), problem, &result);
  FillFront(config, problem, &result.front);
  FillSecurity(config, problem, &result);
  result.catalog.max_glob_matches = config.index().max_glob_matches();

  std::vector<Mount> mounts;
  for (const config::v1::Meta::Mount& mount : config.mounts()) mounts.push_back({mount.path(), mount.ufs_uri()});
  absl::StatusOr<MountTable> table = MountTable::Create(mounts);
  if (!table.ok()) problem(MessageOf(table.status()));
  if (!problems.empty()) return InvalidArgument(problems);
  result.mounts = std::move(table).value();
  return result;
}

}  // namespace locus::meta
