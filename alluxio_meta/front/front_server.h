// The port that Alluxio's clients connect to.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/grpc_listener.h"
#include "common/metrics.h"
#include "common/open_connections.h"

namespace locus::meta {

struct FrontServerOptions {
  std::string address = "127.0.0.1";
  // 0: chosen by the kernel.
  int port = 0;
  uint64_t max_message_bytes = uint64_t{256} << 20;
  // Connections beyond it are closed at once.
  ConnectionLimits connections = {};
};

// Not thread-safe. Like Alluxio's own server it takes clients' pings as they come.
class FrontServer {
 public:
  // Calls that none of `more` takes go to `service`. Counts connections in `metrics` unless that is null. All must
  // outlive it.
  FrontServer(FrontServerOptions options, grpc::CallbackGenericService& service, std::vector<grpc::Service*> more = {},
              Metrics* metrics = nullptr)
      : options_(std::move(options)), service_(service), more_(std::move(more)), metrics_(metrics) {}
  // Stops.
  ~FrontServer();
  FrontServer(const FrontServer&) = delete;
  FrontServer& operator=(const FrontServer&) = delete;

  // UNAVAILABLE names address and port when they cannot be had.
  absl::Status Start();
  int port() const { return listener_ == nullptr ? 0 : listener_->port(); }
  // Ends all calls, the streams of sessions among them, with UNAVAILABLE or CANCELLED: clients ask again elsewhere.
  // Prompt, idempotent.
  void Stop();

 private:
  const FrontServerOptions options_;
  grpc::CallbackGenericService& service_;
  const std::vector<grpc::Service*> more_;
  Metrics* const metrics_;
  std::unique_ptr<GrpcListener> listener_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace locus::meta
