#include "cache_worker/node_services.h"

#include <utility>

#include "cache_worker/config.h"
#include "cache_worker/report/addresses.h"
#include "common/admin.h"
#include "common/config.h"
#include "common/lifecycle.h"
#include "common/status.h"

namespace locus::worker {
namespace {

ReportTargets TargetsOf(const config::v1::Worker::Report& report) {
  return [targets = TargetsIn(report.target()),
          every = report.every_address()]() -> absl::StatusOr<std::vector<std::string>> {
    if (!every) return targets;
    std::vector<std::string> addresses;
    for (const std::string& target : targets) {
      LOCUS_ASSIGN_OR_RETURN(const std::vector<std::string> found, AddressesOf(target));
      addresses.insert(addresses.end(), found.begin(), found.end());
    }
    return addresses;
  };
}

}  // namespace

NodeServices::NodeServices(const config::v1::Worker& config, const Clock& clock, uint64_t seed)
    : config_(config),
      clock_(clock),
      seed_(seed),
      security_(clock, metrics_),
      data_options_(DataServerOptions(config_)),
      admin_options_(AdminServerOptions(config_)),
      export_(metrics_),
      load_(ReadProc(config_.load().proc_root()), clock_, ToDuration(config_.load().interval()),
            LoadAverage(ToDuration(config_.load().window()), config_.load().network_speed())) {
  Secure();
  admin_server_ = std::make_unique<HttpServer>(admin_options_, &metrics_);
}

void NodeServices::Secure() {
  const auto note = [this](const absl::Status& status) {
    if (!status.ok()) security_problems_.push_back(MessageOf(status));
  };
  // Mode store alone opens that port.
  if (config_.mode() == "store") {
    note(security_.SecureGrpc("listen", config_.listen(), config_.access(), {}, &data_options_));
  }
  note(security_.SecureHttp("admin", config_.admin(), config_.access(), &admin_options_));
  absl::StatusOr<ChannelSecurity> to_meta = security_.ForChannel("report", config_.report().tls());
  note(to_meta.status());
  if (to_meta.ok()) to_meta_ = *std::move(to_meta);
}

void NodeServices::TryAdmin(std::vector<std::string>& problems) const {
  HttpServer probe(AdminServerOptions(config_));
  if (const absl::Status status = probe.Start(); !status.ok()) problems.push_back("admin: " + MessageOf(status));
}

void NodeServices::OpenAdmin(std::function<std::string()> why_not_ready, std::vector<std::string>& problems) {
  AddAdminRoutes(*admin_server_, metrics_, ConfigToJson(config_), std::move(why_not_ready));
  if (const absl::Status status = admin_server_->Start(); !status.ok()) {
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
  ReportsOptions options;
  options.stream.address = std::move(address);
  options.stream.node = config_.node();
  options.stream.version = std::string(Version());
  options.stream.blocks = blocks;
  options.stream.reconnect_max = ToDuration(config_.report().reconnect_max());
  options.stream.seed = seed_;
  options.max_queue = config_.report().max_queue();
  if (config_.report().every_address()) options.lookup = ToDuration(config_.report().lookup());
  reports_ = std::make_unique<Reports>(
      std::move(options), TargetsOf(config_.report()),
      [this](const std::string& target) { return MakeChannel(target, to_meta_); },
      ReportSources{source, listings, [this] { return load_.Latest(); }, std::move(serving), std::move(traffic)}, news_,
      clock_);
}

void NodeServices::ExportMetrics() {
  export_.AddGauge("locus_worker_load_ratio", "How busy the node is, 0 to 1.", {}, [this] {
    const std::optional<LoadTerms> load = load_.Latest();
    return load ? FoldLoad(*load) : 0.0;
  });
  if (reports_ == nullptr) return;
  export_.AddGauge("locus_worker_reporting", "1 while a locus-meta hears this worker.", {},
                   [this] { return reports_->reporting() ? 1.0 : 0.0; });
  export_.AddGauge("locus_worker_report_targets", "Locus-metas that this worker reports to.", {},
                   [this] { return static_cast<double>(reports_->figures().targets); });
  export_.AddGauge("locus_worker_report_targets_heard", "Locus-metas that have heard all that is cached here.", {},
                   [this] { return static_cast<double>(reports_->figures().heard); });
  export_.AddCounter("locus_worker_report_reconnects_total", "Report streams tried after the first of a target.", {},
                     [this] { return reports_->figures().reconnects; });
  export_.AddCounter("locus_worker_report_resyncs_total", "Snapshots told in full.", {},
                     [this] { return reports_->figures().resyncs; });
  export_.AddCounter("locus_worker_report_queue_overflows_total",
                     "Report streams left because too many changes waited.", {},
                     [this] { return reports_->figures().overflows; });
  export_.AddCounter("locus_worker_report_failed_lookups_total", "Lookups of locus-meta's addresses that failed.", {},
                     [this] { return reports_->figures().failed_lookups; });
}

void NodeServices::StartReport() {
  if (reports_ != nullptr) reports_->Start();
}

void NodeServices::StopReport() {
  if (reports_ != nullptr) reports_->Stop();
}

void NodeServices::Stop() {
  StopReport();
  admin_server_->Stop();
  load_.Stop();
}

}  // namespace locus::worker
