// What the mirror asks, in the one form that is safe: nothing is loaded, nothing is synced, and no time to live is set.
#pragma once

#include <cstdint>
#include <string>

#include "proto/alluxio/block_master.pb.h"
#include "proto/alluxio/file_system_master.pb.h"

namespace locus::meta {

// Everything at and below `path`. `start_after`: the path of the last entry seen, which need not exist any more; empty:
// from the start.
::alluxio::grpc::file::ListStatusPartialRequest PageRequest(const std::string& path, const std::string& start_after,
                                                            uint32_t entries);
// The same in one go, for masters before 2.9.
::alluxio::grpc::file::ListStatusRequest StreamRequest(const std::string& path);
::alluxio::grpc::file::GetStatusRequest StatusRequest(const std::string& path);
::alluxio::grpc::file::GetMountTableRequest MountTableRequest();
// All workers, lost ones too.
::alluxio::grpc::block::GetWorkerReportRequest WorkerReportRequest();

}  // namespace locus::meta
