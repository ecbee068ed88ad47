#include "cache_worker/alluxio/alluxio_server.h"

#include <algorithm>

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
// A peer whose machine vanished holds its streams for no longer than both. A JVM collects garbage for seconds.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 30'000;
// Sessions never end by themselves, so all of it is always waited for.
constexpr std::chrono::milliseconds kDrain{200};

}  // namespace

AlluxioServer::AlluxioServer(const AlluxioServerOptions& options, BlockProvider& blocks)
    : options_(options),
      budget_(kReadMemory),
      memory_(ServedBlock::kReadBytes, kKeptMemory / ServedBlock::kReadBytes),
      sessions_(kMaxSessions),
      readers_(kReaders, kTasksForStream * options.max_streams),
      fetchers_(options.fetchers, kTasksForStream * options.max_streams),
      orders_(std::max(1u, options.fetchers / 2), kMaxWaitingOrders),
      service_(
          ReadServices{blocks, readers_, fetchers_, budget_, memory_, stats_, options.window}, orders_,
          [this](const grpc::ServerContextBase& call) { return sessions_.Admit(call); }, options.max_streams) {}

AlluxioServer::~AlluxioServer() { Stop(); }

absl::Status AlluxioServer::Start() {
  grpc::ServerBuilder builder;
  const std::string where =
      (options_.address.find(':') == std::string::npos ? options_.address : "[" + options_.address + "]") + ":" +
      std::to_string(options_.port);
  builder.AddListeningPort(where, grpc::InsecureServerCredentials(), &port_);
  // Without it a second server on the same port would share it in silence.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // GOAWAY for a client's pings would end its session.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterService(&sessions_);
  builder.RegisterService(&service_);
  for (grpc::Service* service : besides_) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    server_ = nullptr;
    return Unavailable("cannot listen on " + where + ": the port is in use or the address is not of this machine");
  }
  return absl::OkStatus();
}

void AlluxioServer::Stop() {
  service_.Stop();
  if (server_ != nullptr) {
    // The pools still run: what waits in them ends its calls, quickly now.
    server_->Shutdown(SystemClock().WallNow() + kDrain);
    server_->Wait();
    server_ = nullptr;
  }
  orders_.Stop();
  fetchers_.Stop();
  readers_.Stop();
}

}  // namespace locus::worker
