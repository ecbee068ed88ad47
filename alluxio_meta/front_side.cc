#include "alluxio_meta/front_side.h"

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>
#include <utility>

#include "alluxio_meta/front/filters.h"
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

// A counter that shows what somebody else counts.
class Followed {
 public:
  explicit Followed(Counter counter) : counter_(counter) {}
  void To(uint64_t now) {
    counter_.Increment(static_cast<double>(now - told_));
    told_ = now;
  }

 private:
  const Counter counter_;
  uint64_t told_ = 0;
};

struct Exported {
  explicit Exported(Metrics& m)
      : calls(m.GetGauge("locus_meta_front_calls", "Calls under way in the front, sessions included.")),
        leader(m.GetGauge("locus_meta_front_leader", "1 while the front has a leading Alluxio master.")),
        applications(m.GetGauge("locus_meta_front_applications", "Applications that the watched pods make up.")),
        pods(m.GetGauge("locus_meta_front_pods", "Pods of applications that are kept.")),
        age(m.GetGauge("locus_meta_front_pods_age_seconds",
                       "Since the API server was last heard; -1 before, or when none is configured.")),
        found(m.GetCounter("locus_meta_front_leaders_found_total", "Leading masters that the front found.")),
        lost(m.GetCounter("locus_meta_front_leaders_lost_total", "Leading masters that the front left.")),
        failed(m.GetCounter("locus_meta_front_failed_searches_total", "Searches in which no master said it leads.")),
        refused(
            m.GetCounter("locus_meta_front_refused_pods_total", "News of pods that found no room (front.max_pods).")) {}

  Gauge calls, leader, applications, pods, age;
  Followed found, lost, failed, refused;
  Mutex mutex;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FrontSide>> FrontSide::Create(const MetaConfig& config, const Catalog& catalog,
                                                             const MasterSideEnvironment& environment,
                                                             const Clock& clock, Metrics& metrics) {
  if (!config.front.enabled) return nullptr;
  LOCUS_ASSIGN_OR_RETURN(std::unique_ptr<LeaderKeeper> leader,
                         LeaderKeeper::Create(ToLeader(config, environment.seed + 1), clock));
  std::unique_ptr<FrontSide> side(new FrontSide(config, std::move(leader), catalog, clock, metrics));
  if (config.in_cluster || !config.kubeconfig.empty()) side->WatchPods(config, environment);
  side->Export(metrics);
  return side;
}

FrontSide::FrontSide(const MetaConfig& config, std::unique_ptr<LeaderKeeper> leader, const Catalog& catalog,
                     const Clock& clock, Metrics& metrics)
    : clock_(clock),
      port_file_(config.front.port_file),
      nodes_(catalog, clock),
      applications_(config.front.max_pods, clock),
      callers_(clock),
      figures_(metrics),
      leader_(std::move(leader)),
      forwarder_(
          *leader_,
          [this, hosts_per_block = config.front.hosts_per_block](const IncomingCall& call) {
            return MakeFilter({applications_, nodes_, hosts_, callers_, figures_, clock_, hosts_per_block}, call);
          },
          figures_, config.front.max_calls, clock),
      server_(config.front.server, forwarder_) {}

FrontSide::~FrontSide() { Stop(); }

void FrontSide::WatchPods(const MetaConfig& config, const MasterSideEnvironment& environment) {
  kube::HttpCollectionOptions list;
  list.user_agent = "locus-meta";
  list.label_selector = config.front.pod_selector;
  list.call_timeout = config.kube_call_timeout;
  list.seed = environment.seed + 2;
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
    const LeaderKeeperStats leader = leader_->Stats();
    const ApplicationCounts counts = applications_.counts();
    const std::optional<Duration> heard = applications_.Age();
    MutexLock lock(exported->mutex);
    exported->calls.Set(static_cast<double>(forwarder_.calls()));
    exported->leader.Set(leader.leader.empty() ? 0 : 1);
    exported->applications.Set(static_cast<double>(counts.applications));
    exported->pods.Set(static_cast<double>(counts.pods));
    exported->age.Set(heard ? ToSeconds(*heard) : -1);
    exported->found.To(leader.found);
    exported->lost.To(leader.lost);
    exported->failed.To(leader.failed_searches);
    exported->refused.To(counts.refused_pods);
  });
}

absl::Status FrontSide::Start() {
  LOCUS_RETURN_IF_ERROR(server_.Start());
  if (pods_ != nullptr) {
    pods_->Start();
  } else {
    LogWarning("the front changes nothing: no API server is configured (nodes.kubernetes), so no caller is known");
  }
  leader_->Start([this](const std::shared_ptr<const Upstream>& lost) { forwarder_.Leave(lost); });
  LogInfo("the front serves", {{"port", server_.port()}});
  return WritePortFile(port_file_, server_.port());
}

std::string FrontSide::Condition() const {
  const std::string leader = leader_->Stats().leader;
  std::string text = "front: " + (leader.empty() ? leader_->Problem() : "passes calls on to " + leader);
  if (pods_ == nullptr) return text + "; changes nothing, as no API server is configured (nodes.kubernetes)";
  const std::string problem = pods_->problem();
  if (!problem.empty()) return text + "; pods may be out of date: " + problem;
  if (!pods_->Synced()) return text + "; listing pods";
  return text + "; knows " + std::to_string(applications_.counts().applications) + " applications";
}

void FrontSide::Stop() {
  server_.Stop();
  leader_->Stop();
  if (pods_ != nullptr) pods_->Stop();
}

}  // namespace locus::meta
