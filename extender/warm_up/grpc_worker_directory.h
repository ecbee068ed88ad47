// WorkerDirectory over locus-meta's ListWorkers and ListMounts.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "common/clock.h"
#include "extender/warm_up/worker_directory.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::extender {

class GrpcWorkerDirectory final : public WorkerDirectory {
 public:
  // `deadline`: of one call. `clock` must outlive it.
  GrpcWorkerDirectory(const std::shared_ptr<grpc::Channel>& channel, Duration deadline, const Clock& clock)
      : stub_(v1::LocalityService::NewStub(channel)), deadline_(deadline), clock_(clock) {}

  absl::StatusOr<std::vector<CacheWorker>> Workers() override;
  absl::StatusOr<std::vector<alluxio_wire::MountedUri>> Mounts() override;

 private:
  const std::unique_ptr<v1::LocalityService::Stub> stub_;
  const Duration deadline_;
  const Clock& clock_;
};

}  // namespace locus::extender
