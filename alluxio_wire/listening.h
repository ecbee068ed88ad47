// A port for stock Alluxio clients.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "common/grpc_listener.h"
#include "common/metrics.h"

namespace locus::alluxio_wire {

// Opens the port for plaintext, as stock clients speak it, and gives it to `builder` with what such clients need: their
// pings are taken as they come, and a peer that vanished is noticed within a minute. The caller starts and stops it.
// UNAVAILABLE names address, port and reason. `metrics`: as in GrpcListener::Listen.
absl::StatusOr<std::unique_ptr<GrpcListener>> ListenForClients(GrpcListenerOptions options, Metrics* metrics,
                                                               grpc::ServerBuilder& builder);

}  // namespace locus::alluxio_wire
