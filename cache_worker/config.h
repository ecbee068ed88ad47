// From worker.yaml to the options of the parts.
#pragma once

#include <google/protobuf/duration.pb.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cache_worker/agent/agent_blocks.h"
#include "cache_worker/store/block_store.h"
#include "common/clock.h"
#include "common/grpc_server.h"
#include "common/http_server.h"
#include "proto/config/v1/worker.pb.h"
#include "proto/locus/v1/types.pb.h"

namespace locus::worker {

// The binary's own defaults, before the file is read.
config::v1::Worker DefaultConfig();

// What the rules of single fields cannot say: what the mode needs and what belongs to another one, folders within each
// other, tiers out of order, an address that nobody can reach. INVALID_ARGUMENT names all problems, one a line, each
// with the field's path. Pure: looks at no disk.
absl::Status CheckConfig(const config::v1::Worker& config);

bool IsAgent(const config::v1::Worker& config);

Duration ToDuration(const google::protobuf::Duration& duration);
BlockStoreOptions StoreOptions(const config::v1::Worker& config);
GrpcServerOptions DataServerOptions(const config::v1::Worker& config);
HttpServerOptions AdminServerOptions(const config::v1::Worker& config);
// Under which host readers reach the blocks: this worker's, or in mode agent the Alluxio worker's.
std::string AnnouncedHost(const config::v1::Worker& config);

// Of mode agent. The folders are those that hold the block files.
std::vector<AgentFolder> AgentFolders(const config::v1::Worker& config);
v1::HolderAddress AlluxioAddress(const config::v1::Worker& config);
// What the probe connects to.
std::string ProbedHost(const config::v1::Worker& config);

}  // namespace locus::worker
