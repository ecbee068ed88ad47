// SampleSource over locus-meta's SampleBlocks.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <set>
#include <string>

#include "common/clock.h"
#include "common/mutex.h"
#include "extender/locality/sample_source.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::extender {

// Of one call. A million blocks take locus-meta some tenths of a second.
inline constexpr Duration kSampleDeadline = std::chrono::seconds(5);

// An answer that contradicts itself or the question is INTERNAL. Holds its mutex during no call.
class GrpcSampleSource final : public SampleSource {
 public:
  explicit GrpcSampleSource(const std::shared_ptr<grpc::Channel>& channel, Duration deadline = kSampleDeadline);

  absl::StatusOr<BlockSample> Sample(const std::string& input, uint32_t max_blocks) override;
  void Stop() override;

 private:
  const std::unique_ptr<v1::LocalityService::Stub> stub_;
  const Duration deadline_;
  Mutex mutex_;
  std::set<grpc::ClientContext*> open_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::extender
