// What the worker says to the Alluxio master, from values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cache_worker/alluxio/block_ledger.h"
#include "cache_worker/alluxio/master_blocks.h"
#include "cache_worker/store/block.h"
#include "proto/alluxio/block_master_worker.pb.h"
#include "proto/alluxio/common.pb.h"
#include "proto/alluxio/file_system_master.pb.h"

namespace locus::worker {

// Alluxio allows a million ids in one message; these are two tenths of a megabyte on the wire.
inline constexpr size_t kRegisteredBlocksInMessage = 20'000;

struct WorkerPlace {
  // What locality is compared by, and what is connected to unless there is a container host.
  std::string host;
  std::string container_host;
  int data_port = 0;
  // Masters tell workers of one host apart by it.
  int web_port = 0;
};

// With a tiered identity: a Java client that meets a worker without one throws.
::alluxio::grpc::WorkerNetAddress AddressMessage(const WorkerPlace& place);

// The messages of a registration, in order; at least one. `offered`: capacity is told as it is; otherwise as 0, so that
// clients send neither writes nor reads of what is cached nowhere. `usage`: at least one tier, fastest first.
std::vector<::alluxio::grpc::block::RegisterWorkerRequest> RegistrationMessages(
    int64_t worker_id, const std::vector<TierUse>& usage, bool offered, const std::vector<LedgerBlock>& blocks,
    size_t blocks_in_message = kRegisteredBlocksInMessage);

// `news.added` is not in it: those are committed.
::alluxio::grpc::block::BlockHeartbeatRequest HeartbeatMessage(int64_t worker_id, const std::vector<TierUse>& usage,
                                                               bool offered, const LedgerNews& news);

::alluxio::grpc::block::CommitBlockRequest CommitMessage(int64_t worker_id, const std::vector<TierUse>& usage,
                                                         const LedgerBlock& block);

MasterFile FileOf(const ::alluxio::grpc::file::FileInfo& info);

}  // namespace locus::worker
