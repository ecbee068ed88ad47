#include "cache_worker/alluxio_worker.h"

#include <utility>

#include "cache_worker/alluxio_config.h"
#include "cache_worker/alluxio_metrics.h"
#include "cache_worker/config.h"
#include "cache_worker/store/eviction_by_name.h"
#include "cache_worker/store_metrics.h"
#include "cache_worker/worker_traffic.h"
#include "common/lifecycle.h"
#include "common/status.h"

namespace locus::worker {
AlluxioWorker::AlluxioWorker(const config::v1::Worker& config, const Clock& clock, uint64_t seed,
                             const S3Credentials& environment)
    : config_(config),
      clock_(clock),
      seed_(seed),
      node_(config, clock, seed),
      held_(node_.news()),
      store_(StoreOptions(config_), files_, EvictionByName(config_.store().eviction()), &held_),
      under_store_(config_.origin(), environment, clock, seed, node_.metrics()) {}

AlluxioWorker::~AlluxioWorker() { Stop(); }

std::vector<std::string> AlluxioWorker::Start() {
  std::vector<std::string> problems = node_.security_problems();
  OpenStore(problems);
  if (!problems.empty()) {
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

void AlluxioWorker::OpenStore(std::vector<std::string>& problems) {
  under_store_.Open(problems);
  for (const std::string& problem : store_.Prepare()) problems.push_back("store.tiers: " + problem);
}

void AlluxioWorker::OpenPorts(std::vector<std::string>& problems) {
  blocks_ = std::make_unique<MasterBlocks>(store_, *under_store_.origin(), held_, UfsMap(UfsMounts(config_)),
                                           [this](uint64_t container) { return link_->AskFile(container); });
  server_ = std::make_unique<AlluxioServer>(AlluxioOptions(config_), *blocks_, &node_.metrics());
  if (const absl::Status status = server_->Start(); !status.ok()) {
    problems.push_back("alluxio.listen: " + MessageOf(status));
  }
  node_.OpenAdmin([this] { return std::string(ready_ ? "" : "looking through the tier folders"); }, problems);
  if (!problems.empty()) return;
  link_ = std::make_unique<MasterLink>(
      LinkOptions(config_, AnnouncedHost(config_), server_->port(), node_.admin_port(), seed_), held_,
      [this] { return store_.Usage(); }, [this](const BlockKey& key) { store_.Drop(key); }, clock_);
  held_.OnNews([this] { link_->Wake(); });
  // It is the worker that readers come to, so whether they get through is known.
  traffic_ = WatchTraffic(ToDuration(config_.alluxio().traffic()), static_cast<uint16_t>(data_port()), clock_);
  node_.MakeReport(
      Address(), v1::Hello::ALLUXIO, source_, nullptr, [] { return std::optional<bool>(true); },
      SourceOf(traffic_.get()));
  ExportMetrics();
  node_.ExportMetrics();
  const absl::Status written = WritePortFile(config_.alluxio().listen().port_file(), data_port());
  if (!written.ok()) problems.push_back(MessageOf(written));
  node_.WritePort(problems);
}

void AlluxioWorker::Serve() {
  held_.Begin(store_);
  server_->SetReady();
  ready_ = true;
  node_.StartReport();
  link_->Start();
}

void AlluxioWorker::ExportMetrics() {
  ExportAlluxioServer(*server_, node_.exported());
  ExportTraffic(traffic_.get(), node_.exported());
  ExportMembership(*link_, *blocks_, node_.exported());
  ExportStoreMetrics(store_, node_.exported());
  under_store_.ExportMetrics(node_.exported());
}

void AlluxioWorker::Stop() {
  if (stopping_.exchange(true)) return;
  start_.Stop();
  under_store_.Stop();
  // The master goes on counting a worker that leaves; whoever comes back under the same address is the same to it.
  if (link_ != nullptr) link_->Stop();
  node_.StopReport();
  if (traffic_ != nullptr) traffic_->Stop();
  if (server_ != nullptr) server_->Stop();
  node_.Stop();
}

v1::HolderAddress AlluxioWorker::Address() const {
  v1::HolderAddress address;
  address.set_host(AnnouncedHost(config_));
  address.set_container_host(config_.alluxio().container_host());
  address.set_data_port(static_cast<uint32_t>(data_port()));
  return address;
}

}  // namespace locus::worker
