// From worker.yaml to the options of the parts.
#pragma once

#include <google/protobuf/duration.pb.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cache_worker/store/block_store.h"
#include "common/clock.h"
#include "common/grpc_server.h"
#include "common/http_server.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// The binary's own defaults, before the file is read.
config::v1::Worker DefaultConfig();

// What the rules of single fields cannot say: folders within each other, tiers out of order, an address that nobody can
// reach. INVALID_ARGUMENT names all problems, one a line, each with the field's path. Pure: looks at no disk.
absl::Status CheckConfig(const config::v1::Worker& config);

Duration ToDuration(const google::protobuf::Duration& duration);
BlockStoreOptions StoreOptions(const config::v1::Worker& config);
GrpcServerOptions DataServerOptions(const config::v1::Worker& config);
HttpServerOptions AdminServerOptions(const config::v1::Worker& config);
// Under which host readers reach this worker.
std::string AnnouncedHost(const config::v1::Worker& config);

}  // namespace locus::worker
