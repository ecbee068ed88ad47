// The port of a server for Alluxio's clients.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/status.h"

namespace locus::alluxio_wire {

// Sets the builder up to listen on `port` of `address` (an IPv6 address without brackets; 0: any free port), and for
// peers that keep a connection, and their session with it, for as long as they live. `bound` gets the port once the
// server is built, and must live until then; 0: it cannot be had.
void ListenForClients(const std::string& address, int port, grpc::ServerBuilder& builder, int* bound);

// UNAVAILABLE: what to say when it cannot be had.
absl::Status CannotListen(const std::string& address, int port);

}  // namespace locus::alluxio_wire
