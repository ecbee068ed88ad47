#include "alluxio_wire/listening.h"

#include "common/status.h"

namespace locus::alluxio_wire {
namespace {

// A peer whose machine vanished holds its calls for no longer than both. A JVM collects garbage for seconds.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 30'000;

std::string Where(const std::string& address, int port) {
  return (address.find(':') == std::string::npos ? address : "[" + address + "]") + ":" + std::to_string(port);
}

}  // namespace

void ListenForClients(const std::string& address, int port, grpc::ServerBuilder& builder, int* bound) {
  builder.AddListeningPort(Where(address, port), grpc::InsecureServerCredentials(), bound);
  // Without it a second server on the same port would share it in silence.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // How often a client may ping is not for us to say: GOAWAY for its pings would end its session.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
}

absl::Status CannotListen(const std::string& address, int port) {
  return Unavailable("cannot listen on " + Where(address, port) +
                     ": the port is in use or the address is not of this machine");
}

}  // namespace locus::alluxio_wire
