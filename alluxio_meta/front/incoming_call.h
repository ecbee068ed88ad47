// A call as it comes in, for whoever serves all methods.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/support/status.h>

#include "alluxio_meta/front/message_filter.h"

namespace locus::meta {

// What gRPC says of it.
IncomingCall Describe(const grpc::GenericCallbackServerContext& context);

// Ends it at once. gRPC's from here on.
grpc::ServerGenericBidiReactor* RefuseCall(const grpc::Status& status);

}  // namespace locus::meta
