// Channels to a master.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/master_options.h"
#include "common/endpoint.h"

namespace locus::meta {

// A new channel, with a connection of its own.
using Dial = std::function<absl::StatusOr<std::shared_ptr<grpc::Channel>>(const Endpoint&)>;

// Resolves the name and reads the CA file each time: pods move, certificates are renewed. UNAVAILABLE when the CA file
// cannot be read; it does not connect yet.
Dial DialWith(const MasterOptions& options);

}  // namespace locus::meta
