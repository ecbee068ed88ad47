// What both modes of the worker have: the operator's pages, the node's load, and the news streams to locus-meta.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/load/load_monitor.h"
#include "cache_worker/metrics_export.h"
#include "cache_worker/report/reports.h"
#include "common/clock.h"
#include "common/grpc_server.h"
#include "common/http_server.h"
#include "common/metrics.h"
#include "common/security.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Not thread-safe but for what it hands out and reporting().
class NodeServices {
 public:
  // `clock` must outlive it. `seed`: for jitter.
  NodeServices(const config::v1::Worker& config, const Clock& clock, uint64_t seed);
  // Stops.
  ~NodeServices() { Stop(); }
  NodeServices(const NodeServices&) = delete;
  NodeServices& operator=(const NodeServices&) = delete;

  Metrics& metrics() { return metrics_; }
  MetricsExport& exported() { return export_; }
  NewsFan& news() { return news_; }
  LoadMonitor& load() { return load_; }
  // Certificates and tokens that cannot be used: start nothing then.
  const std::vector<std::string>& security_problems() const { return security_problems_; }
  // The configured options of the gRPC server, with certificates and rules.
  const GrpcServerOptions& data_options() const { return data_options_; }
  // Zero before OpenAdmin.
  int admin_port() const { return admin_server_->port(); }

  // Adds a problem when the admin port cannot be had, and leaves it free.
  void TryAdmin(std::vector<std::string>& problems) const;
  // Serves the operator's pages; `why_not_ready` as in AddAdminRoutes, it must be callable until Stop.
  void OpenAdmin(std::function<std::string()> why_not_ready, std::vector<std::string>& problems);
  // Writes the admin port file, once nothing else can fail.
  void WritePort(std::vector<std::string>& problems) const;

  // Makes ready to report, unless `report.target` is empty: what the arguments refer to must outlive Stop.
  void MakeReport(v1::HolderAddress address, v1::Hello::Blocks blocks, BlockSource& source, Listings* listings,
                  ServingSource serving = {}, TrafficSource traffic = {});
  // Registers the figures of load and streams. After MakeReport.
  void ExportMetrics();
  void StartReport();
  bool reporting() const { return reports_ != nullptr && reports_->reporting(); }

  // The streams end first, so that what they tell of may go before the rest. Both idempotent.
  void StopReport();
  void Stop();

 private:
  void Secure();

  const config::v1::Worker config_;
  const Clock& clock_;
  const uint64_t seed_;
  Metrics metrics_;
  Security security_;
  std::vector<std::string> security_problems_;
  GrpcServerOptions data_options_;
  HttpServerOptions admin_options_;
  ChannelSecurity to_meta_;
  MetricsExport export_;
  NewsFan news_;
  LoadMonitor load_;
  std::unique_ptr<Reports> reports_;
  std::unique_ptr<HttpServer> admin_server_;
};

}  // namespace locus::worker
