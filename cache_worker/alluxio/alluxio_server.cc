#include "cache_worker/alluxio/alluxio_server.h"

#include <algorithm>
#include <utility>

#include "alluxio_wire/listening.h"
#include "common/clock.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// As in Alluxio's own worker; nothing that is taken here comes near it.
constexpr int kMaxRequestBytes = 4 << 20;
// Two for each client process that has read here and still runs.
constexpr size_t kMaxSessions = 8192;
// A block is a request of some hundred bytes; a load of a folder with more is asked again.
constexpr size_t kMaxWaitingOrders = 10'000;
// A stream has one task at a time; that of one that was cancelled may still wait beside its successor's.
constexpr size_t kTasksForStream = 4;
// Sessions never end by themselves, so all of it is always waited for.
constexpr std::chrono::milliseconds kDrain{200};

}  // namespace

AlluxioServer::AlluxioServer(const AlluxioServerOptions& options, BlockProvider& blocks, Metrics* metrics)
    : options_(options),
      budget_(kReadMemory),
      memory_(ServedBlock::kReadBytes, kKeptMemory / ServedBlock::kReadBytes),
      sessions_(kMaxSessions),
      readers_(kReaders, kTasksForStream * options.max_streams),
      fetchers_(options.fetchers, kTasksForStream * options.max_streams),
      orders_(std::max(1u, options.fetchers / 2), kMaxWaitingOrders),
      service_(
          ReadServices{blocks, readers_, fetchers_, budget_, memory_, stats_, options.window}, orders_,
          [this](const grpc::ServerContextBase& call) { return sessions_.Admit(call); }, options.max_streams),
      metrics_(metrics) {}

AlluxioServer::~AlluxioServer() { Stop(); }

absl::Status AlluxioServer::Start() {
  grpc::ServerBuilder builder;
  GrpcListenerOptions listen;
  listen.use = "alluxio";
  listen.address = options_.address;
  listen.port = options_.port;
  listen.limits = options_.connections;
  LOCUS_ASSIGN_OR_RETURN(std::unique_ptr<GrpcListener> listener,
                         alluxio_wire::ListenForClients(std::move(listen), metrics_, builder));
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterService(&sessions_);
  builder.RegisterService(&service_);
  for (grpc::Service* service : besides_) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return Internal("gRPC makes no server");
  listener_ = std::move(listener);
  listener_->Start();
  return absl::OkStatus();
}

void AlluxioServer::Stop() {
  service_.Stop();
  if (server_ != nullptr) {
    // The pools still run: what waits in them ends its calls, quickly now.
    listener_->Stop();
    server_->Shutdown(SystemClock().WallNow() + kDrain);
    server_->Wait();
    server_ = nullptr;
  }
  orders_.Stop();
  fetchers_.Stop();
  readers_.Stop();
}

}  // namespace locus::worker
