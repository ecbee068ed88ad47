#include "alluxio_wire/leadership.h"

#include "proto/alluxio/version.grpc.pb.h"

namespace locus::alluxio_wire {
namespace {

namespace version = ::alluxio::grpc::version;

// A dead peer is noticed within that time of a ping.
constexpr Duration kKeepaliveTimeout = std::chrono::seconds(10);

int Millis(Duration duration) { return static_cast<int>(ToMillis(duration).count()); }

}  // namespace

grpc::ChannelArguments MasterChannelArguments(int max_message_bytes, int max_metadata_bytes, Duration keepalive) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(max_message_bytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, max_metadata_bytes);
  // Not shared with an earlier channel, which may wait out its own pause between attempts.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(keepalive));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(kKeepaliveTimeout));
  // The authenticate stream is a call: pings go on for as long as it is open, whatever else is quiet.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // What is one call here is one call at the master: a new connection is a new handshake.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return arguments;
}

grpc::Status AskWhetherItLeads(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& call) {
  const auto stub = version::ServiceVersionClientService::NewStub(channel);
  version::GetServiceVersionRequest request;
  request.set_service_type(version::META_MASTER_CLIENT_SERVICE);
  version::GetServiceVersionResponse response;
  return stub->getServiceVersion(&call, request, &response);
}

}  // namespace locus::alluxio_wire
