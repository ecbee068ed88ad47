#include "cache_worker/worker.h"

#include <algorithm>

#include "cache_worker/config.h"
#include "cache_worker/data_http.h"
#include "cache_worker/report/messages.h"
#include "cache_worker/store/eviction_by_name.h"
#include "cache_worker/store_metrics.h"
#include "cache_worker/worker_traffic.h"
#include "common/config.h"
#include "common/lifecycle.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Blocks of one Load in flight; the fetchers of the store bound all of them together.
constexpr uint32_t kMaxLoadThreads = 8;
const std::vector<double> kFetchSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

}  // namespace

Worker::Worker(const config::v1::Worker& config, const Clock& clock, uint64_t seed, const S3Credentials& environment)
    : config_(config),
      clock_(clock),
      node_(config, clock, seed),
      store_(StoreOptions(config_), files_, EvictionByName(config_.store().eviction()), &node_.news()),
      under_store_(config_.origin(), environment, clock, seed, node_.metrics()),
      data_server_(node_.data_options(), &node_.metrics()) {}

Worker::~Worker() { Stop(); }

std::vector<std::string> Worker::Start() {
  std::vector<std::string> problems = node_.security_problems();
  OpenStore(problems);
  if (!problems.empty()) {
    // Nothing to serve; but ports in use are worth telling in the same breath.
    GrpcServer probe(DataServerOptions(config_));
    if (const absl::Status status = probe.Start({}); !status.ok()) problems.push_back("listen: " + MessageOf(status));
    node_.TryAdmin(problems);
    return problems;
  }
  OpenPorts(problems);
  if (!problems.empty()) return problems;
  node_.load().Start();
  if (traffic_ != nullptr) traffic_->Start();
  start_.Start([this] { Serve(); });
  return problems;
}

void Worker::OpenStore(std::vector<std::string>& problems) {
  under_store_.Open(problems);
  for (const std::string& problem : store_.Prepare()) problems.push_back("store.tiers: " + problem);
}

void Worker::OpenPorts(std::vector<std::string>& problems) {
  const Histogram fetch_seconds = node_.metrics().GetHistogram(
      "locus_worker_fetch_seconds", "Time to fetch one block from the under-store.", kFetchSeconds);
  const uint32_t fetchers = config_.store().fetchers();
  reads_ = std::make_unique<ReadThrough>(*under_store_.origin(), store_, fetchers, clock_,
                                         [fetch_seconds](Duration d) { fetch_seconds.Observe(ToSeconds(d)); });
  loader_ = std::make_unique<Loader>(*reads_, clock_, std::min(fetchers, kMaxLoadThreads));
  service_ = std::make_unique<CacheServiceHandler>(*reads_, *loader_, [this] { return Status(); });
  // Before the calls that tell of it can come.
  data_http_ = OpenDataHttp(config_, *reads_, clock_, problems);
  if (const absl::Status status = data_server_.Start({service_.get()}); !status.ok()) {
    problems.push_back("listen: " + MessageOf(status));
  }
  OpenAlluxio(problems);
  node_.OpenAdmin([this] { return WhyNotReady(); }, problems);
  if (!problems.empty()) return;
  data_server_.SetServing(false);
  if (!config_.report().target().empty()) lister_ = std::make_unique<Lister>(*reads_);
  node_.MakeReport(Address(), v1::Hello::STORE, source_, lister_.get(), {}, SourceOf(traffic_.get()));
  ExportReadMetrics();
  under_store_.ExportMetrics(node_.exported());
  ExportStoreMetrics(store_, node_.exported());
  ExportServingMetrics();
  node_.ExportMetrics();
  const absl::Status written = WritePortFile(config_.listen().port_file(), data_port());
  if (!written.ok()) problems.push_back(MessageOf(written));
  node_.WritePort(problems);
}

void Worker::Serve() {
  service_->SetReady();
  if (data_http_ != nullptr) data_http_->SetReady();
  if (alluxio_ != nullptr) alluxio_->SetReady();
  data_server_.SetServing(true);
  ready_ = true;
  node_.StartReport();
}

void Worker::Stop() {
  if (stopping_.exchange(true)) return;
  under_store_.Stop();
  start_.Stop();
  if (service_ != nullptr) service_->Stop();
  if (data_http_ != nullptr) data_http_->Stop();
  node_.StopReport();
  if (traffic_ != nullptr) traffic_->Stop();
  lister_.reset();
  if (alluxio_ != nullptr) alluxio_->Stop();
  data_server_.Stop();
  node_.Stop();
}

std::string Worker::WhyNotReady() const { return ready_ ? "" : "looking through the tier folders"; }

v1::HolderAddress Worker::Address() const {
  v1::HolderAddress address;
  address.set_host(AnnouncedHost(config_));
  address.set_data_port(static_cast<uint32_t>(announced_port()));
  if (alluxio_ != nullptr) address.set_container_host(config_.alluxio().container_host());
  return address;
}

v1::StatusResponse Worker::Status() {
  v1::StatusResponse response;
  *response.mutable_address() = Address();
  response.set_node(config_.node());
  response.set_version(std::string(Version()));
  for (const TierUse& use : store_.Usage()) *response.add_tiers() = ToWire(use);
  if (const std::optional<LoadTerms> load = node_.load().Latest()) *response.mutable_load() = ToWire(*load);
  const StoreStats stats = store_.Stats();
  response.set_blocks(stats.blocks);
  response.set_evictions(stats.evictions);
  response.set_torn_blocks(stats.torn_blocks);
  response.set_pinned_bytes(stats.pinned_bytes);
  response.set_promotions(stats.promotions);
  response.set_demotions(stats.demotions);
  for (const std::string& problem : store_.FolderProblems()) response.add_folder_problems(problem);
  // Before it is ready, the stream may still be in the making on another thread.
  response.set_reporting(ready_ && node_.reporting());
  FillServing(response);
  return response;
}

}  // namespace locus::worker
