// Accepts the connections of a gRPC server, so that there are no more than it can bear, and somebody counts them.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/open_connections.h"

namespace locus {

struct GrpcListenerOptions {
  // Of which port, in metrics and log: "listen", "front".
  std::string use = "listen";
  // IP address. 0.0.0.0 and :: are all of the machine, of both kinds.
  std::string address = "127.0.0.1";
  // 0: chosen by the kernel.
  int port = 0;
  ConnectionLimits limits;
};

// gRPC 1.51 would accept whatever comes, and tells nobody of connections. Here a thread accepts them, closes those that
// are too many, and hands the others to gRPC by its external acceptor, which treats them like its own.
//
// In this order: Listen, Attach, grpc::ServerBuilder::BuildAndStart, Start; Stop, grpc::Server::Shutdown. Not
// thread-safe.
class GrpcListener {
 public:
  // UNAVAILABLE names address, port and reason. Counts in `metrics` unless that is null.
  static absl::StatusOr<std::unique_ptr<GrpcListener>> Listen(GrpcListenerOptions options, Metrics* metrics);
  // Stops.
  ~GrpcListener();
  GrpcListener(const GrpcListener&) = delete;
  GrpcListener& operator=(const GrpcListener&) = delete;

  int port() const { return port_; }
  // Once. The server gets its connections from here.
  void Attach(grpc::ServerBuilder& builder, std::shared_ptr<grpc::ServerCredentials> credentials);
  // Once. Connections that came since Listen have waited.
  void Start();
  // Nobody is accepted any more; what is open stays so. Idempotent.
  void Stop();

 private:
  GrpcListener(GrpcListenerOptions options, int fd, int port, Metrics* metrics);
  void Run();
  // Takes one that waits. False: there is none, or none can be taken now.
  bool Accept();
  // The process has no descriptor left: without this the connection would wait, and the thread spin.
  bool RefuseWithoutDescriptor();
  void Refuse(int fd, const std::string& peer, const char* reason);

  const GrpcListenerOptions options_;
  const SystemClock clock_;
  const int port_;
  int fd_;
  // Tells the thread to end.
  const int stop_fd_;
  // Given up for a moment when there is no other.
  int spare_fd_;
  // Shared with what renders the metrics.
  std::shared_ptr<OpenConnections> open_;
  Metrics* const metrics_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::thread thread_;
  // Of the thread.
  std::optional<SteadyTime> refusal_told_;
};

}  // namespace locus
