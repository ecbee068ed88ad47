#include "alluxio_meta/front/front_server.h"

#include <algorithm>
#include <climits>

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
  alluxio_wire::ListenForClients(options_.address, options_.port, builder, &port_);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<uint64_t>(options_.max_message_bytes, INT_MAX)));
  builder.SetMaxSendMessageSize(-1);
  for (grpc::Service* service : more_) builder.RegisterService(service);
  builder.RegisterCallbackGenericService(&service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    server_ = nullptr;
    return Annotate(alluxio_wire::CannotListen(options_.address, options_.port), "front.listen");
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
