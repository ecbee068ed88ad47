// The port that stock Alluxio clients read blocks from.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "alluxio_wire/sasl_service.h"
#include "cache_worker/alluxio/block_provider.h"
#include "cache_worker/alluxio/block_service.h"
#include "cache_worker/alluxio/piece_memory.h"
#include "cache_worker/alluxio/read_budget.h"
#include "cache_worker/alluxio/server_stats.h"
#include "cache_worker/alluxio/task_pool.h"
#include "common/grpc_listener.h"
#include "common/metrics.h"
#include "common/open_connections.h"

namespace locus::worker {

struct AlluxioServerOptions {
  std::string address = "127.0.0.1";
  // 0: chosen by the kernel.
  int port = 0;
  uint32_t max_streams = 256;
  uint64_t window = 4 << 20;
  // Fetches from the under-store at once, for readers; for orders (Cache, Load) half of that, at least one.
  uint32_t fetchers = 4;
  // Connections beyond it are closed at once.
  ConnectionLimits connections = {};
};

// Not thread-safe but for stats().
//
// Memory, whatever the readers do: kReadMemory for all of them together, and kOwnPieceBytes twice for each stream; with
// 256 streams 64 MiB + 32 MiB, beside what the sockets hold. Threads: kReaders, and the fetchers.
class AlluxioServer {
 public:
  static constexpr uint64_t kReadMemory = 64 << 20;
  // What is kept of that when nobody reads. Readers take pieces as fast as they give them back.
  static constexpr uint64_t kKeptMemory = 16 << 20;
  static constexpr size_t kReaders = 8;

  // Counts connections in `metrics` unless that is null. `blocks` and `metrics` must outlive it.
  AlluxioServer(const AlluxioServerOptions& options, BlockProvider& blocks, Metrics* metrics = nullptr);
  // Stops.
  ~AlluxioServer();
  AlluxioServer(const AlluxioServer&) = delete;
  AlluxioServer& operator=(const AlluxioServer&) = delete;

  // Another service on the same port, for those who know a worker by the port that it announces. Before Start; must
  // outlive the server.
  void AddService(grpc::Service& service) { besides_.push_back(&service); }
  // UNAVAILABLE names address and port when they cannot be had. Calls are UNAVAILABLE until SetReady.
  absl::Status Start();
  void SetReady() { service_.SetReady(); }
  // Ends all calls: clients go on elsewhere. Prompt, idempotent.
  void Stop();

  int port() const { return listener_ == nullptr ? 0 : listener_->port(); }
  const AlluxioServerStats& stats() const { return stats_; }
  const alluxio_wire::SaslService& sessions() const { return sessions_; }
  // Blocks that wait to be cached by order.
  size_t waiting_orders() const { return orders_.waiting(); }
  uint64_t read_memory() const { return budget_.used(); }

 private:
  const AlluxioServerOptions options_;
  AlluxioServerStats stats_;
  ReadBudget budget_;
  PieceMemory memory_;
  alluxio_wire::SaslService sessions_;
  TaskPool readers_;
  TaskPool fetchers_;
  TaskPool orders_;
  BlockService service_;
  std::vector<grpc::Service*> besides_;
  Metrics* const metrics_;
  std::unique_ptr<GrpcListener> listener_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace locus::worker
