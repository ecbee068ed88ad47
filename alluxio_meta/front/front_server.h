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

namespace locus::meta {

struct FrontServerOptions {
  std::string address = "127.0.0.1";
  // 0: chosen by the kernel.
  int port = 0;
  uint64_t max_message_bytes = uint64_t{256} << 20;
};

// Not thread-safe. Like Alluxio's own server it takes clients' pings as they come.
class FrontServer {
 public:
  // Calls that none of `more` takes go to `service`. All must outlive it.
  FrontServer(FrontServerOptions options, grpc::CallbackGenericService& service, std::vector<grpc::Service*> more = {})
      : options_(std::move(options)), service_(service), more_(std::move(more)) {}
  // Stops.
  ~FrontServer();
  FrontServer(const FrontServer&) = delete;
  FrontServer& operator=(const FrontServer&) = delete;

  // UNAVAILABLE names address and port when they cannot be had.
  absl::Status Start();
  int port() const { return port_; }
  // Ends all calls, the streams of sessions among them, with UNAVAILABLE or CANCELLED: clients ask again elsewhere.
  // Prompt, idempotent.
  void Stop();

 private:
  const FrontServerOptions options_;
  grpc::CallbackGenericService& service_;
  const std::vector<grpc::Service*> more_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace locus::meta
