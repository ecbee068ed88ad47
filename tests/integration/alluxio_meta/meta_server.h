// locus-meta's services on a loopback port, with a clock of the test's choice.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/catalog/catalog_metrics.h"
#include "alluxio_meta/catalog/ticker.h"
#include "alluxio_meta/grpc/locality_service.h"
#include "alluxio_meta/workers/report_service.h"
#include "common/clock.h"
#include "common/grpc_server.h"
#include "common/metrics.h"
#include "tests/integration/alluxio_meta/eventually.h"

namespace locus::meta {

class MetaServer {
 public:
  explicit MetaServer(const Clock& clock, CatalogOptions options = {}, const std::vector<Mount>& mounts = {})
      : catalog(options, MountTable::Create(mounts).value(), clock),
        reports(catalog, options.workers.lost_after, clock, metrics),
        locality(catalog, clock, metrics),
        server(Options()) {
    ExportCatalog(catalog, metrics);
    started = server.Start({&reports, &locality}).ok();
    ticker.emplace(catalog);
  }
  ~MetaServer() { Stop(); }

  void Stop() {
    locality.Stop();
    reports.Stop();
    server.Stop();
  }
  std::shared_ptr<grpc::Channel> Connect() const {
    // A connection of its own, as another process has it.
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server.port()), grpc::InsecureChannelCredentials(),
                                     arguments);
  }

  // One call of GetLocality; `wait` is its deadline.
  v1::GetLocalityResponse Get(const std::vector<std::string>& inputs, grpc::Status* status = nullptr,
                              std::chrono::milliseconds wait = std::chrono::seconds(20)) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + wait);
    v1::GetLocalityRequest request;
    for (const std::string& input : inputs) request.add_inputs(input);
    v1::GetLocalityResponse response;
    const grpc::Status result = v1::LocalityService::NewStub(channel())->GetLocality(&context, request, &response);
    if (status != nullptr) *status = result;
    return response;
  }
  v1::InputLocality GetOne(const std::string& input) {
    const v1::GetLocalityResponse response = Get({input});
    return response.inputs_size() == 1 ? response.inputs(0) : v1::InputLocality();
  }
  std::vector<v1::Worker> Workers() {
    grpc::ClientContext context;
    v1::ListWorkersResponse response;
    v1::LocalityService::NewStub(channel())->ListWorkers(&context, {}, &response);
    return {response.workers().workers().begin(), response.workers().workers().end()};
  }
  const std::shared_ptr<grpc::Channel>& channel() {
    if (channel_ == nullptr) channel_ = Connect();
    return channel_;
  }

  Metrics metrics;
  Catalog catalog;
  ReportService reports;
  LocalityService locality;
  GrpcServer server;
  bool started = false;
  std::optional<Ticker> ticker;

 private:
  // A stop that waited for open calls would never end in time.
  static GrpcServerOptions Options() {
    GrpcServerOptions options;
    options.drain = std::chrono::hours(1);
    return options;
  }

  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace locus::meta
