#include "extender/cluster_side.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "common/clock_offset.h"
#include "common/grpc_server.h"
#include "common/status.h"
#include "common/units.h"
#include "extender/cluster/no_cluster.h"
#include "extender/cluster/watched_cluster.h"
#include "extender/config.h"
#include "extender/explain/event_recorder.h"
#include "extender/explain/teller.h"
#include "extender/gate/gatekeeper.h"
#include "extender/gate/group_planner.h"
#include "extender/gate/refusal.h"
#include "extender/warm_up/grpc_load_calls.h"
#include "extender/warm_up/grpc_worker_directory.h"
#include "extender/warm_up/warm_up.h"
#include "kube/credentials.h"
#include "kube/elector.h"
#include "kube/http_collection.h"
#include "kube/http_writer.h"
#include "kube/reflector.h"

namespace locus::extender {
namespace {

// Of one question to locus-meta about workers; it also bounds the end of the process.
constexpr Duration kDirectoryDeadline = std::chrono::seconds(2);
// A worker tells of a load each second. Its under-store may stall: then it tells the same figures again.
constexpr Duration kLoadSilence = std::chrono::seconds(60);

// From a reflector to the cluster's books.
template <typename T>
class Feed final : public kube::ReflectorSink<T> {
 public:
  explicit Feed(WatchedCluster::Sink<T>& sink) : sink_(sink) {}
  void Begin() override { sink_.Begin(); }
  void Page(std::vector<T> objects) override { sink_.Page(std::move(objects)); }
  void End() override { sink_.End(); }
  void Event(kube::WatchEvent<T> event) override { sink_.Event(std::move(event)); }
  void Heard() override { sink_.Heard(); }

 private:
  WatchedCluster::Sink<T>& sink_;
};

class WithoutCluster final : public ClusterSide {
 public:
  WithoutCluster(const DecisionRing& ring, Metrics& metrics) : teller_(cluster_, ring, metrics, nullptr) {}
  ClusterView& cluster() override { return cluster_; }
  RefusalRule& refusals() override { return refusals_; }
  DecisionListener& listener() override { return teller_; }
  void Start() override {}
  void Stop() override {}
  std::string Condition() const override { return "not asked"; }
  ClusterCondition Facts() const override { return {}; }
  std::vector<ApplicationShare> Applications(size_t) const override { return {}; }

 private:
  NoCluster cluster_;
  NoRefusals refusals_;
  Teller teller_;
};

// Lists and watches that the API server did not give, or that broke; not those whose version had expired, which is
// nobody's fault.
class FailureCounters {
 public:
  explicit FailureCounters(Metrics& metrics) : nodes_(Of(metrics, "nodes")), pods_(Of(metrics, "pods")) {}

  void Reach(const kube::ReflectorStats& nodes, const kube::ReflectorStats& pods) {
    const MutexLock lock(mutex_);
    Reach(nodes, nodes_);
    Reach(pods, pods_);
  }

 private:
  struct Told {
    Counter counter;
    uint64_t value = 0;
  };

  static Told Of(Metrics& metrics, const char* list) {
    return {metrics.GetCounter("locus_extender_cluster_failures_total",
                               "Lists and watches of the API server that failed, or broke off.", {{"list", list}})};
  }
  static void Reach(const kube::ReflectorStats& stats, Told& told) {
    const uint64_t now = stats.failures - stats.expired;
    told.counter.Increment(static_cast<double>(now - std::exchange(told.value, now)));
  }

  Mutex mutex_;
  Told nodes_ GUARDED_BY(mutex_);
  Told pods_ GUARDED_BY(mutex_);
};

class WithCluster final : public ClusterSide {
 public:
  WithCluster(const config::v1::Extender& config, const ClusterSideEnvironment& environment, LocalityView& locality,
              const DecisionRing& ring, const Clock& clock, Metrics& metrics)
      : config_(config),
        environment_(environment),
        server_clock_("the API server", "api_server", clock, metrics),
        cluster_(ClusterOptionsOf(config), clock, metrics),
        node_feed_(cluster_.nodes()),
        pod_feed_(cluster_.pods()),
        nodes_(Collection<kube::Node>(clock), Reflecting("nodes", 1), clock, &node_feed_),
        pods_(Collection<kube::Pod>(clock), Reflecting("pods", 2), clock, &pod_feed_),
        elector_(Writer(ElectionTimeout()), Election(), clock, [this] { gatekeeper_.Wake(); }),
        planner_(PlannerOptionsOf(config), locality, cluster_),
        gate_metrics_(metrics),
        events_(Writer(CallTimeout()), Recording(), clock, metrics),
        teller_(cluster_, ring, metrics, Telling()),
        gatekeeper_({cluster_, planner_, Writer(CallTimeout()), [this] { return elector_.Leading(); },
                     [this](const GateAction& waiting) {
                       teller_.Waits({waiting.space, waiting.name, waiting.uid}, waiting.bound);
                     },
                     clock, gate_metrics_},
                    GateLimitsOf(config), environment.seed + 3),
        refusals_(
            RefusalOptionsOf(config), [this] { return elector_.SomebodyLeads() && cluster_.Synced(); },
            [this](std::string_view uid) { return cluster_.IsPending(uid); }, clock, metrics),
        failures_(metrics) {
    if (config.warm_up().enabled()) MakeWarmUp(locality, clock, metrics);
    cluster_.OnChange([this] {
      gatekeeper_.Wake();
      teller_.Wake();
    });
    metrics.OnRender([this] {
      cluster_.UpdateMetrics();
      refusals_.UpdateGauges();
      failures_.Reach(nodes_.Stats(), pods_.Stats());
    });
  }
  ~WithCluster() override { Stop(); }

  ClusterView& cluster() override { return cluster_; }
  RefusalRule& refusals() override { return refusals_; }
  DecisionListener& listener() override { return teller_; }

  void Start() override {
    events_.Start();
    if (warm_up_ != nullptr) warm_up_->Start();
    teller_.Start();
    nodes_.Start();
    pods_.Start();
    elector_.Start();
    gatekeeper_.Start();
  }

  void Stop() override {
    gatekeeper_.Stop();
    if (warm_up_ != nullptr) warm_up_->Stop();
    // Only now may a successor act.
    elector_.Stop();
    pods_.Stop();
    nodes_.Stop();
    cluster_.OnChange(nullptr);
    teller_.Stop();
    events_.Stop();
  }

  std::string Condition() const override {
    const ClusterCondition facts = Facts();
    if (!facts.problem.empty()) return facts.problem;
    if (!facts.synced) return "listing nodes and pods";
    return facts.leads ? "synced, leads the gate" : "synced, gate led by " + elector_.holder();
  }

  ClusterCondition Facts() const override {
    ClusterCondition facts;
    facts.asked = true;
    facts.synced = cluster_.Synced();
    facts.age = cluster_.Age();
    for (const std::string& problem : {nodes_.problem(), pods_.problem(), elector_.problem()}) {
      if (facts.problem.empty()) facts.problem = problem;
    }
    facts.leads = elector_.Leading();
    if (elector_.SomebodyLeads()) facts.leader = elector_.holder();
    return facts;
  }

  std::vector<ApplicationShare> Applications(size_t limit) const override { return teller_.Applications(limit); }

 private:
  kube::Credentials Credentials() const {
    const auto& kubernetes = config_.kubernetes();
    return kubernetes.in_cluster() ? kube::Credentials::InCluster(environment_.kube_host, environment_.kube_port)
                                   : kube::Credentials::FromKubeconfig(kubernetes.kubeconfig());
  }
  Duration CallTimeout() const { return ToDuration(config_.kubernetes().call_timeout()); }
  // A renewal that hangs for longer costs the lead.
  Duration ElectionTimeout() const { return std::min(CallTimeout(), ToDuration(config_.gate().lease_duration()) / 4); }

  void MakeWarmUp(LocalityView& locality, const Clock& clock, Metrics& metrics) {
    warm_up_metrics_ = std::make_unique<const WarmUpMetrics>(metrics);
    warm_up_ = std::make_unique<WarmUp>(
        WarmUp::Parts{
            cluster_, locality,
            std::make_unique<GrpcWorkerDirectory>(MakeChannel(config_.metadata().target(), environment_.to_metadata),
                                                  kDirectoryDeadline, clock),
            std::make_unique<GrpcLoadCalls>(kLoadSilence, clock, environment_.to_workers),
            [this] { return elector_.Leading(); }, clock, *warm_up_metrics_},
        WarmUpOptionsOf(config_));
    teller_.OnBound([this](const ClusterView::Bound& bound) { warm_up_->Placed(bound); });
  }

  template <typename T>
  std::unique_ptr<kube::Collection<T>> Collection(const Clock& clock) {
    kube::HttpCollectionOptions options;
    options.user_agent = "locus-extender";
    options.call_timeout = CallTimeout();
    options.silent_after = ToDuration(config_.kubernetes().silent_after());
    options.seed = environment_.seed + 4;
    options.server_clock = &server_clock_;
    return std::make_unique<kube::HttpCollection<T>>(Credentials(), options, clock);
  }
  std::unique_ptr<kube::Writer> Writer(Duration timeout) {
    return std::make_unique<kube::HttpWriter>(Credentials(),
                                              kube::HttpWriterOptions{"locus-extender", timeout, &server_clock_});
  }
  kube::ReflectorOptions Reflecting(const char* what, uint64_t salt) const {
    kube::ReflectorOptions options;
    options.what = what;
    // The gate must act soon after the API server is back.
    options.max_retry = std::chrono::seconds(2);
    options.seed = environment_.seed + salt;
    return options;
  }
  std::string Identity() const {
    if (!config_.gate().identity().empty()) return config_.gate().identity();
    return environment_.host_name + "_" + std::to_string(environment_.seed);
  }
  kube::ElectorOptions Election() const {
    kube::ElectorOptions options;
    options.space = config_.gate().lease_namespace();
    options.name = config_.gate().lease_name();
    options.election.identity = Identity();
    options.election.duration = ToDuration(config_.gate().lease_duration());
    options.seed = environment_.seed + 5;
    return options;
  }
  EventRecorderOptions Recording() const {
    EventRecorderOptions options;
    options.events_per_second = config_.kubernetes().events_per_second();
    options.instance = Identity();
    options.seed = environment_.seed + 6;
    return options;
  }
  Teller::Tell Telling() {
    if (!config_.kubernetes().events()) return nullptr;
    return
        [this](PodEventKind kind, const PodRef& pod, std::string note) { events_.Record(kind, pod, std::move(note)); };
  }

  const config::v1::Extender config_;
  const ClusterSideEnvironment environment_;
  ClockOffset server_clock_;
  WatchedCluster cluster_;
  Feed<kube::Node> node_feed_;
  Feed<kube::Pod> pod_feed_;
  kube::Reflector<kube::Node> nodes_;
  kube::Reflector<kube::Pod> pods_;
  kube::Elector elector_;
  GroupPlanner planner_;
  const GateMetrics gate_metrics_;
  EventRecorder events_;
  Teller teller_;
  Gatekeeper gatekeeper_;
  RefusalTable refusals_;
  FailureCounters failures_;
  // Null unless it is enabled.
  std::unique_ptr<const WarmUpMetrics> warm_up_metrics_;
  std::unique_ptr<WarmUp> warm_up_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClusterSide>> ClusterSide::Create(const config::v1::Extender& config,
                                                                 const ClusterSideEnvironment& environment,
                                                                 LocalityView& locality, const DecisionRing& ring,
                                                                 const Clock& clock, Metrics& metrics) {
  const auto& kubernetes = config.kubernetes();
  if (kubernetes.in_cluster() && !kubernetes.kubeconfig().empty()) {
    return InvalidArgument("kubernetes: in_cluster and kubeconfig are both set: choose one");
  }
  if (kubernetes.in_cluster() && environment.kube_host.empty()) {
    return InvalidArgument(
        "kubernetes.in_cluster: KUBERNETES_SERVICE_HOST is not set, so this is no pod: set kubernetes.kubeconfig");
  }
  if (!kubernetes.in_cluster() && kubernetes.kubeconfig().empty()) {
    if (config.warm_up().enabled()) {
      return InvalidArgument(
          "warm_up.enabled: where pods are is told by the API server: set kubernetes.in_cluster or "
          "kubernetes.kubeconfig");
    }
    return std::unique_ptr<ClusterSide>(std::make_unique<WithoutCluster>(ring, metrics));
  }
  return std::unique_ptr<ClusterSide>(
      std::make_unique<WithCluster>(config, environment, locality, ring, clock, metrics));
}

}  // namespace locus::extender
