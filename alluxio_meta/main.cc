// locus-meta: which nodes hold how many bytes of which input.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/catalog/catalog_metrics.h"
#include "alluxio_meta/catalog/interest_keeper.h"
#include "alluxio_meta/catalog/ticker.h"
#include "alluxio_meta/config.h"
#include "alluxio_meta/front_side.h"
#include "alluxio_meta/grpc/application_service.h"
#include "alluxio_meta/grpc/locality_service.h"
#include "alluxio_meta/master_side.h"
#include "alluxio_meta/readiness.h"
#include "alluxio_meta/security_side.h"
#include "alluxio_meta/start.h"
#include "alluxio_meta/workers/report_service.h"
#include "common/admin.h"
#include "common/clock.h"
#include "common/clock_offset.h"
#include "common/config.h"
#include "common/grpc_server.h"
#include "common/http_server.h"
#include "common/lifecycle.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/status.h"
#include "proto/config/v1/meta.pb.h"

namespace locus::meta {
namespace {

uint64_t Random() { return (uint64_t{std::random_device()()} << 32) | std::random_device()(); }

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int Run(const MetaConfig& config, const std::string& config_json) {
  const SystemClock clock;
  Metrics metrics;
  CatalogOptions options = config.catalog;
  options.run = Random();
  Catalog catalog(options, config.mounts, clock);
  ExportCatalog(catalog, metrics);
  ClockOffset server_clock("the API server", "api_server", clock, metrics);
  const MasterSideEnvironment environment = {Random(), Variable("KUBERNETES_SERVICE_HOST"),
                                             Variable("KUBERNETES_SERVICE_PORT"), &server_clock};
  const auto security = SecuritySide::Create(config, environment.kube_host, environment.kube_port, clock, metrics);
  Start start;
  const auto fail = [&start] { return std::cerr << start.problems(), 1; };
  start.Step(security.status());
  if (!security.ok()) return fail();
  ReportService reports(catalog, options.workers.lost_after, clock, metrics, config.front.listings,
                        &(*security)->verifier());
  LocalityService locality(catalog, clock, metrics);
  GrpcServer grpc((*security)->grpc(), &metrics);
  HttpServer admin((*security)->admin(), &metrics);
  const auto master = MasterSide::Create(config, catalog, environment, clock, metrics);
  start.Step(master.status());
  const auto front = FrontSide::Create(config, catalog, reports.listings(), environment, clock, metrics);
  start.Step(front.status());
  Readiness readiness(
      config.readiness, catalog, [&master] { return *master == nullptr || (*master)->NodesTold(); }, clock, metrics);
  const FrontSide* watched = front.ok() ? front->get() : nullptr;
  AddAdminRoutes(
      admin, metrics, config_json, [&readiness] { return readiness.WhyNot(); },
      [&readiness, watched] { return readiness.Remark(watched != nullptr ? watched->Condition() : ""); });
  ApplicationService applications(watched != nullptr ? &watched->applications() : nullptr,
                                  watched != nullptr ? &watched->callers() : nullptr, catalog, reports.traffic());
  start.Step(grpc.Start({&reports, &locality, &applications}));
  grpc.SetServing(false);
  start.Step(admin.Start());
  if (front.ok() && *front != nullptr) start.Step((*front)->Start());
  if (start.problems().empty()) {
    start.Step(WritePortFile(config.grpc_port_file, grpc.port()));
    start.Step(WritePortFile(config.admin_port_file, admin.port()));
  }
  if (!start.problems().empty()) {
    admin.Stop();  // /metrics renders parts that go away now
    return fail();
  }
  {
    std::unique_ptr<InterestKeeper> keeper;
    if (!config.interest_file.empty()) keeper = std::make_unique<InterestKeeper>(config.interest_file, catalog);
    readiness.Begin([&grpc] { grpc.SetServing(true); });
    const Ticker ticker(catalog, [&readiness] { readiness.Look(); });
    if (*master != nullptr) (*master)->Start();
    LogInfo("locus-meta serves", {{"grpc_port", grpc.port()}, {"admin_port", admin.port()}, {"run", options.run}});
    LogInfo("locus-meta stops", {{"signal", WaitForStopSignal()}});
    readiness.End();
    if (*front != nullptr) (*front)->Stop();
    if (*master != nullptr) (*master)->Stop();
    grpc.SetServing(false);
    locality.Stop();
    reports.Stop();
    grpc.Stop();
  }
  admin.Stop();
  return 0;
}

}  // namespace
}  // namespace locus::meta

int main(int argc, char* argv[]) {
  locus::BlockStopSignals();
  locus::config::v1::Meta proto;
  locus::meta::PresetDefaults(&proto);
  const int exit_code =
      locus::ParseDaemonCommandLine(argc, argv, "locus-meta", "Answers which nodes hold how many bytes of which input.",
                                    &proto, [&proto] { return locus::meta::ToMetaConfig(proto).status(); });
  if (exit_code >= 0) return exit_code;
  locus::ConfigureLog(proto.log().level(), proto.log().format());
  return locus::meta::Run(locus::meta::ToMetaConfig(proto).value(), locus::ConfigToJson(proto));
}
