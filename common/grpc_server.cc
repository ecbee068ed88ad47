#include "common/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <utility>

#include "common/status.h"

namespace locus {
namespace {

// Metadata of one call: a token of a service account has about a kilobyte. More is refused. gRPC's own default, written
// down.
constexpr int kMaxMetadataBytes = 8 << 10;
// Calls that one connection may have open at once; further ones wait at the client.
constexpr int kMaxCallsAtOnce = 1024;
// A connection that shakes no hands, or has no call for long, is closed.
constexpr int kHandshakeMs = 10'000;
constexpr int kIdleMs = 5 * 60 * 1000;

void BoundClients(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCallsAtOnce);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
}

}  // namespace

GrpcServer::~GrpcServer() { Stop(); }

absl::Status GrpcServer::Start(const std::vector<grpc::Service*>& services) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  GrpcListenerOptions listen;
  listen.address = options_.address;
  listen.port = options_.port;
  listen.limits = options_.connections;
  LOCUS_ASSIGN_OR_RETURN(listener_, GrpcListener::Listen(std::move(listen), metrics_));
  grpc::ServerBuilder builder;
  listener_->Attach(builder,
                    options_.credentials != nullptr ? options_.credentials : grpc::InsecureServerCredentials());
  // Clients ping an idle stream to notice a dead server: allow it.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // A peer whose machine vanished holds its stream, and the threads behind it, for no longer than this.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  BoundClients(builder);
  grpc::ResourceQuota quota;
  if (options_.max_threads > 0) builder.SetResourceQuota(quota.SetMaxThreads(options_.max_threads));
  builder.SetMaxReceiveMessageSize(options_.max_message_bytes);
  for (grpc::Service* service : services) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    listener_ = nullptr;
    return Internal("gRPC makes no server");
  }
  listener_->Start();
  return absl::OkStatus();
}

void GrpcServer::SetServing(bool serving) {
  if (server_ == nullptr) return;
  if (auto* health = server_->GetHealthCheckService()) health->SetServingStatus(serving);
}

void GrpcServer::Stop() {
  if (server_ == nullptr) return;
  listener_->Stop();
  server_->Shutdown(SystemClock().WallNow() + ToMillis(options_.drain));
  server_->Wait();
  server_ = nullptr;
}

std::shared_ptr<grpc::Channel> GrpcServer::InProcessChannel() { return server_->InProcessChannel({}); }

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), MessageOf(status)};
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const ChannelSecurity& security) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 5000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // gRPC gives a connection attempt this long to finish its handshake: no bound on the pause alone.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  if (security.credentials == nullptr) {
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  }
  if (!security.server_name.empty()) arguments.SetSslTargetNameOverride(security.server_name);
  return grpc::CreateCustomChannel(target, security.credentials, arguments);
}

}  // namespace locus
