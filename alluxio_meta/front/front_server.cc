#include "alluxio_meta/front/front_server.h"

#include <algorithm>
#include <climits>

#include "common/clock.h"
#include "common/status.h"

namespace locus::meta {
namespace {

// As in MasterOptions: failures carry the master's stack at times.
constexpr int kMaxMetadataBytes = 1 << 20;
// A caller whose machine vanished holds its calls for no longer than both. A JVM collects garbage for seconds.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 30'000;
// Calls in progress when it stops: enough for an answer that is on its way. The streams of sessions never end by
// themselves.
constexpr std::chrono::milliseconds kDrain{200};

}  // namespace

FrontServer::~FrontServer() { Stop(); }

absl::Status FrontServer::Start() {
  grpc::ServerBuilder builder;
  const std::string where =
      (options_.address.find(':') == std::string::npos ? options_.address : "[" + options_.address + "]") + ":" +
      std::to_string(options_.port);
  builder.AddListeningPort(where, grpc::InsecureServerCredentials(), &port_);
  // Without it a second server on the same port would share it in silence.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // How often a client may ping is the master's affair: GOAWAY from here would end sessions.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<uint64_t>(options_.max_message_bytes, INT_MAX)));
  builder.SetMaxSendMessageSize(-1);
  for (grpc::Service* service : more_) builder.RegisterService(service);
  builder.RegisterCallbackGenericService(&service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    server_ = nullptr;
    return Unavailable("front.listen: cannot listen on " + where +
                       ": the port is in use or the address is not of this machine");
  }
  return absl::OkStatus();
}

void FrontServer::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(SystemClock().WallNow() + kDrain);
  server_->Wait();
  server_ = nullptr;
}

}  // namespace locus::meta
