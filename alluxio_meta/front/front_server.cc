#include "alluxio_meta/front/front_server.h"

#include <algorithm>
#include <climits>
#include <utility>

#include "alluxio_wire/listening.h"
#include "common/clock.h"
#include "common/status.h"

namespace locus::meta {
namespace {

// As in MasterOptions: failures carry the master's stack at times.
constexpr int kMaxMetadataBytes = 1 << 20;
// Calls in progress when it stops: enough for an answer that is on its way. The streams of sessions never end by
// themselves.
constexpr std::chrono::milliseconds kDrain{200};

}  // namespace

FrontServer::~FrontServer() { Stop(); }

absl::Status FrontServer::Start() {
  grpc::ServerBuilder builder;
  GrpcListenerOptions listen;
  listen.use = "front";
  listen.address = options_.address;
  listen.port = options_.port;
  listen.limits = options_.connections;
  auto listener = alluxio_wire::ListenForClients(std::move(listen), metrics_, builder);
  if (!listener.ok()) return Annotate(listener.status(), "front.listen");
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<uint64_t>(options_.max_message_bytes, INT_MAX)));
  builder.SetMaxSendMessageSize(-1);
  for (grpc::Service* service : more_) builder.RegisterService(service);
  builder.RegisterCallbackGenericService(&service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return Internal("front.listen: gRPC makes no server");
  listener_ = *std::move(listener);
  listener_->Start();
  return absl::OkStatus();
}

void FrontServer::Stop() {
  if (server_ == nullptr) return;
  listener_->Stop();
  server_->Shutdown(SystemClock().WallNow() + kDrain);
  server_->Wait();
  server_ = nullptr;
}

}  // namespace locus::meta
