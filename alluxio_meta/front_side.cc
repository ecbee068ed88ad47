#include "alluxio_meta/front_side.h"

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>
#include <utility>

#include "alluxio_meta/front/alone/alone_behind.h"
#include "alluxio_meta/front/filters.h"
#include "alluxio_meta/front/followed_counter.h"
#include "alluxio_meta/front/master_behind.h"
#include "common/lifecycle.h"
#include "common/log.h"
#include "common/mutex.h"
#include "common/status.h"
#include "kube/credentials.h"
#include "kube/http_collection.h"

namespace locus::meta {
namespace {

// Executors come by the dozen in a second: a watch that broke must be back soon.
constexpr Duration kMaxRetry = std::chrono::seconds(2);

MasterOptions ToLeader(const MetaConfig& config, uint64_t seed) {
  MasterOptions options = config.master;
  options.max_message_bytes = static_cast<int>(std::min<uint64_t>(config.front.server.max_message_bytes, INT_MAX));
  options.seed = seed;
  return options;
}

struct Exported {
  explicit Exported(Metrics& m)
      : applications(m.GetGauge("locus_meta_front_applications", "Applications that the watched pods make up.")),
        pods(m.GetGauge("locus_meta_front_pods", "Pods of applications that are kept.")),
        age(m.GetGauge("locus_meta_front_pods_age_seconds",
                       "Since the API server was last heard; -1 before, or when none is configured.")),
        refused(
            m.GetCounter("locus_meta_front_refused_pods_total", "News of pods that found no room (front.max_pods).")) {}

  Gauge applications, pods, age;
  FollowedCounter refused;
  Mutex mutex;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FrontSide>> FrontSide::Create(const MetaConfig& config, Catalog& catalog,
                                                             WorkerListings& listings,
                                                             const MasterSideEnvironment& environment,
                                                             const Clock& clock, Metrics& metrics) {
  if (!config.front.enabled) return nullptr;
  // With a master, MasterSide says so.
  if (config.catalog.source == Source::kWorkers && config.in_cluster && environment.kube_host.empty()) {
    return InvalidArgument(
        "nodes.kubernetes.in_cluster: KUBERNETES_SERVICE_HOST is not set, so this is no pod: set "
        "nodes.kubernetes.kubeconfig");
  }
  std::unique_ptr<FrontSide> side(new FrontSide(config, catalog, clock, metrics));
  FilterFor filters = side->Filters(config.front.hosts_per_block);
  if (config.catalog.source == Source::kWorkers) {
    const AloneOptions options = {config.front.server.address, config.front.server.port, environment.seed,
                                  config.front.max_calls};
    side->behind_ = std::make_unique<AloneBehind>(options, catalog, listings, side->hosts_, std::move(filters),
                                                  side->figures_, clock);
  } else {
    LOCUS_ASSIGN_OR_RETURN(
        side->behind_, MasterBehind::Create(ToLeader(config, environment.seed + 1), std::move(filters), side->figures_,
                                            config.front.max_calls, clock));
  }
  side->server_ =
      std::make_unique<FrontServer>(config.front.server, side->behind_->service(), side->behind_->more(), &metrics);
  if (config.in_cluster || !config.kubeconfig.empty()) side->WatchPods(config, environment);
  side->behind_->Export(metrics);
  side->Export(metrics);
  return side;
}

FrontSide::FrontSide(const MetaConfig& config, const Catalog& catalog, const Clock& clock, Metrics& metrics)
    : clock_(clock),
      port_file_(config.front.port_file),
      nodes_(catalog, clock),
      applications_(config.front.max_pods, clock),
      callers_(clock),
      figures_(metrics) {}

FrontSide::~FrontSide() { Stop(); }

FilterFor FrontSide::Filters(size_t hosts_per_block) {
  return [this, hosts_per_block](const IncomingCall& call) {
    return MakeFilter({applications_, nodes_, hosts_, callers_, figures_, clock_, hosts_per_block}, call);
  };
}

void FrontSide::WatchPods(const MetaConfig& config, const MasterSideEnvironment& environment) {
  kube::HttpCollectionOptions list;
  list.user_agent = "locus-meta";
  list.label_selector = config.front.pod_selector;
  list.call_timeout = config.kube_call_timeout;
  list.seed = environment.seed + 2;
  list.server_clock = environment.server_clock;
  kube::ReflectorOptions options;
  options.what = "pods of applications";
  options.max_retry = kMaxRetry;
  options.seed = environment.seed + 3;
  pods_ = std::make_unique<kube::Reflector<kube::Pod>>(
      std::make_unique<kube::HttpCollection<kube::Pod>>(
          config.in_cluster ? kube::Credentials::InCluster(environment.kube_host, environment.kube_port)
                            : kube::Credentials::FromKubeconfig(config.kubeconfig),
          std::move(list), clock_),
      std::move(options), clock_, &applications_);
}

void FrontSide::Export(Metrics& metrics) {
  const auto exported = std::make_shared<Exported>(metrics);
  metrics.OnRender([this, exported] {
    const ApplicationCounts counts = applications_.counts();
    const std::optional<Duration> heard = applications_.Age();
    MutexLock lock(exported->mutex);
    exported->applications.Set(static_cast<double>(counts.applications));
    exported->pods.Set(static_cast<double>(counts.pods));
    exported->age.Set(heard ? ToSeconds(*heard) : -1);
    exported->refused.To(counts.refused_pods);
  });
}

absl::Status FrontSide::Start() {
  LOCUS_RETURN_IF_ERROR(server_->Start());
  if (pods_ != nullptr) {
    pods_->Start();
  } else {
    LogWarning("the front changes nothing: no API server is configured (nodes.kubernetes), so no caller is known");
  }
  behind_->Start();
  LogInfo("the front serves", {{"port", server_->port()}, {"how", behind_->Condition()}});
  return WritePortFile(port_file_, server_->port());
}

std::string FrontSide::Condition() const {
  const std::string text = "front: " + behind_->Condition();
  if (pods_ == nullptr) return text + "; changes nothing, as no API server is configured (nodes.kubernetes)";
  const std::string problem = pods_->problem();
  if (!problem.empty()) return text + "; pods may be out of date: " + problem;
  if (!pods_->Synced()) return text + "; listing pods";
  return text + "; knows " + std::to_string(applications_.counts().applications) + " applications";
}

void FrontSide::Stop() {
  if (server_ != nullptr) server_->Stop();
  if (behind_ != nullptr) behind_->Stop();
  if (pods_ != nullptr) pods_->Stop();
}

}  // namespace locus::meta
