#include "extender/warm_up/grpc_worker_directory.h"

#include "common/endpoint.h"
#include "common/grpc_server.h"
#include "common/status.h"

namespace locus::extender {

absl::StatusOr<std::vector<CacheWorker>> GrpcWorkerDirectory::Workers() {
  grpc::ClientContext context;
  context.set_deadline(clock_.WallNow() + ToMillis(deadline_));
  v1::ListWorkersResponse response;
  const grpc::Status status = stub_->ListWorkers(&context, {}, &response);
  if (!status.ok()) return Annotate(FromGrpc(status), "locus-meta, ListWorkers");
  std::vector<CacheWorker> workers;
  for (const v1::Worker& worker : response.workers().workers()) {
    // What an Alluxio master tells of are Alluxio's own workers.
    if (worker.blocks_from() == v1::Worker::MASTER) continue;
    if (worker.state() != v1::Worker::LIVE || worker.node().empty()) continue;
    const Endpoint place{worker.address().host(), static_cast<uint16_t>(worker.address().data_port())};
    CacheWorker found{{worker.node(), place.Text()}, 0};
    for (const v1::TierUsage& tier : worker.tiers()) {
      found.capacity_bytes = AddSaturating(found.capacity_bytes, tier.capacity_bytes());
    }
    workers.push_back(std::move(found));
  }
  return workers;
}

absl::StatusOr<std::vector<alluxio_wire::MountedUri>> GrpcWorkerDirectory::Mounts() {
  grpc::ClientContext context;
  context.set_deadline(clock_.WallNow() + ToMillis(deadline_));
  v1::ListMountsResponse response;
  const grpc::Status status = stub_->ListMounts(&context, {}, &response);
  if (!status.ok()) return Annotate(FromGrpc(status), "locus-meta, ListMounts");
  std::vector<alluxio_wire::MountedUri> mounts;
  for (const v1::Mount& mount : response.mounts()) mounts.push_back({mount.path(), mount.ufs_uri()});
  return mounts;
}

}  // namespace locus::extender
