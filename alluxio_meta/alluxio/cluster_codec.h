// From the master's words on its workers, mounts and itself to those of master.h. Pure but for protobuf.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alluxio_meta/alluxio/master.h"
#include "alluxio_meta/alluxio/master_options.h"
#include "alluxio_meta/alluxio/master_term.h"
#include "proto/alluxio/block_master.pb.h"
#include "proto/alluxio/file_system_master.pb.h"
#include "proto/alluxio/meta_master.pb.h"

namespace locus::meta {

// Whether blocks of a worker in that state can be read. Its words differ between releases: only those that say "no" are
// known.
bool IsLiveState(std::string_view state);

// By address, each once: of a worker that stands twice, as one that came back may, the live and then the latest one.
// Those without an address are left out.
std::vector<MasterWorker> WorkersOf(const ::alluxio::grpc::block::GetWorkerInfoListResponse& response);

// By path. Alluxio's under-store on the master's own disk may be a plain path: it becomes a file URI.
std::vector<Mount> MountsOf(const ::alluxio::grpc::file::GetMountTableResponse& response);

MasterLife LifeOf(const ::alluxio::grpc::meta::MasterInfo& info);

// The value of a property of the cluster; empty when it is not there.
std::string PropertyOf(const ::alluxio::grpc::meta::GetConfigurationResponse& response, std::string_view name);

}  // namespace locus::meta
