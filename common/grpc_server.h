// A gRPC server with health, reflection and limits.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/grpc_listener.h"
#include "common/metrics.h"
#include "common/open_connections.h"

namespace locus {

struct GrpcServerOptions {
  std::string address = "127.0.0.1";
  // 0: chosen by the kernel.
  int port = 0;
  int max_message_bytes = 16 << 20;
  // At shutdown, calls in progress get this long before they are cancelled.
  Duration drain = std::chrono::seconds(2);
  // Each call that is under way holds a thread; further ones are refused with RESOURCE_EXHAUSTED. 0: no bound.
  int max_threads = 0;
  // Connections beyond it are closed at once.
  ConnectionLimits connections;
  // Null: plaintext, and everybody may call. Otherwise of common/tls_grpc.h.
  std::shared_ptr<grpc::ServerCredentials> credentials;
};

// Thread-safe after Start. Services must outlive it.
class GrpcServer {
 public:
  // Counts connections in `metrics` when it is given; it must outlive the server.
  explicit GrpcServer(GrpcServerOptions options, Metrics* metrics = nullptr)
      : options_(std::move(options)), metrics_(metrics) {}
  // Stops.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // UNAVAILABLE names address and port when they cannot be bound, and the reason. Adds grpc.health.v1 and server
  // reflection.
  absl::Status Start(const std::vector<grpc::Service*>& services);
  int port() const { return listener_ == nullptr ? 0 : listener_->port(); }
  // What grpc.health.v1 answers for the whole server.
  void SetServing(bool serving);
  // Idempotent.
  void Stop();
  // A channel that needs no port, for tests.
  std::shared_ptr<grpc::Channel> InProcessChannel();

 private:
  const GrpcServerOptions options_;
  Metrics* const metrics_;
  std::unique_ptr<GrpcListener> listener_;
  std::unique_ptr<grpc::Server> server_;
};

// absl codes have the numbers of gRPC's: the text and the code pass unchanged.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

// How a client secures its channels.
struct ChannelSecurity {
  // Null: plaintext.
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  // Name in the server's certificate; empty: the host of the target.
  std::string server_name;
};

// A client channel with keep-alive, so that a silent peer is noticed within about ten seconds.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const ChannelSecurity& security = {});

}  // namespace locus
