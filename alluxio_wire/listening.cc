#include "alluxio_wire/listening.h"

#include <utility>

#include "common/status.h"

namespace locus::alluxio_wire {
namespace {

// A peer whose machine vanished holds its calls for no longer than both. A JVM collects garbage for seconds.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 30'000;

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcListener>> ListenForClients(GrpcListenerOptions options, Metrics* metrics,
                                                               grpc::ServerBuilder& builder) {
  LOCUS_ASSIGN_OR_RETURN(std::unique_ptr<GrpcListener> listener, GrpcListener::Listen(std::move(options), metrics));
  listener->Attach(builder, grpc::InsecureServerCredentials());
  // How often a client may ping is not for us to say: GOAWAY for its pings would end its session.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  return listener;
}

}  // namespace locus::alluxio_wire
