#include "cache_worker/node_services.h"

#include <utility>

#include "cache_worker/config.h"
#include "common/admin.h"
#include "common/config.h"
#include "common/grpc_server.h"
#include "common/lifecycle.h"
#include "common/status.h"

namespace locus::worker {

NodeServices::NodeServices(const config::v1::Worker& config, const Clock& clock, uint64_t seed)
    : config_(config),
      clock_(clock),
      seed_(seed),
      export_(metrics_),
      queue_(config_.report().max_queue()),
      load_(ReadProc(config_.load().proc_root()), clock_, ToDuration(config_.load().interval()),
            LoadAverage(ToDuration(config_.load().window()), config_.load().network_speed())),
      admin_server_(AdminServerOptions(config_), &metrics_) {}

void NodeServices::TryAdmin(std::vector<std::string>& problems) const {
  HttpServer probe(AdminServerOptions(config_));
  if (const absl::Status status = probe.Start(); !status.ok()) problems.push_back("admin: " + MessageOf(status));
}

void NodeServices::OpenAdmin(std::function<std::string()> why_not_ready, std::vector<std::string>& problems) {
  AddAdminRoutes(admin_server_, metrics_, ConfigToJson(config_), std::move(why_not_ready));
  if (const absl::Status status = admin_server_.Start(); !status.ok()) {
    problems.push_back("admin: " + MessageOf(status));
  }
}

void NodeServices::WritePort(std::vector<std::string>& problems) const {
  const absl::Status written = WritePortFile(config_.admin().port_file(), admin_port());
  if (!written.ok()) problems.push_back(MessageOf(written));
}

void NodeServices::MakeReport(v1::HolderAddress address, v1::Hello::Blocks blocks, BlockSource& source,
                              Listings* listings, ServingSource serving, TrafficSource traffic) {
  if (config_.report().target().empty()) return;
  ReportOptions options;
  options.address = std::move(address);
  options.node = config_.node();
  options.version = std::string(Version());
  options.blocks = blocks;
  options.reconnect_max = ToDuration(config_.report().reconnect_max());
  options.seed = seed_;
  report_ = std::make_unique<ReportClient>(
      std::move(options), [target = config_.report().target()] { return MakeChannel(target); },
      ReportSources{source, queue_, listings, [this] { return load_.Latest(); }, std::move(serving),
                    std::move(traffic)},
      clock_);
}

void NodeServices::ExportMetrics() {
  export_.AddGauge("locus_worker_load", "How busy the node is, 0 to 1.", {}, [this] {
    const std::optional<LoadTerms> load = load_.Latest();
    return load ? FoldLoad(*load) : 0.0;
  });
  if (report_ == nullptr) return;
  export_.AddGauge("locus_worker_reporting", "1 while locus-meta hears this worker.", {},
                   [this] { return report_->reporting() ? 1.0 : 0.0; });
  export_.AddCounter("locus_worker_report_reconnects_total", "Report streams tried after the first.", {},
                     [this] { return report_->reconnects(); });
  export_.AddCounter("locus_worker_report_resyncs_total", "Snapshots told in full.", {},
                     [this] { return report_->resyncs(); });
  export_.AddCounter("locus_worker_report_queue_overflows_total",
                     "Report streams left because too many changes waited.", {}, [this] { return queue_.overflows(); });
}

void NodeServices::StartReport() {
  if (report_ != nullptr) report_->Start();
}

void NodeServices::StopReport() {
  if (report_ != nullptr) report_->Stop();
}

void NodeServices::Stop() {
  StopReport();
  admin_server_.Stop();
  load_.Stop();
}

}  // namespace locus::worker
