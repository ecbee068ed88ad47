// Whether a master of Alluxio leads, and how it is dialled.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "common/clock.h"

namespace locus::alluxio_wire {

// What every client of a master sets: `keepalive` is the pause between pings on a quiet connection; Alluxio's servers
// end one that pings more often than every 30 s.
grpc::ChannelArguments MasterChannelArguments(int max_message_bytes, int max_metadata_bytes, Duration keepalive);

// Asks getServiceVersion of the master's client service, which only the leader answers with OK: a standby, a starting
// master and a dead one answer NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE, CANCELLED or nothing, which all mean the same.
// `call` carries the deadline.
grpc::Status AskWhetherItLeads(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& call);

}  // namespace locus::alluxio_wire
