#include "extender/locality/grpc_sample_source.h"

#include "common/grpc_server.h"
#include "common/status.h"
#include "extender/locality/wire.h"

namespace locus::extender {

GrpcSampleSource::GrpcSampleSource(const std::shared_ptr<grpc::Channel>& channel, Duration deadline)
    : stub_(v1::LocalityService::NewStub(channel)), deadline_(deadline) {}

absl::StatusOr<BlockSample> GrpcSampleSource::Sample(const std::string& input, uint32_t max_blocks) {
  grpc::ClientContext context;
  // gRPC states deadlines on the machine's own wall clock.
  context.set_deadline(SystemClock().WallNow() + std::chrono::duration_cast<WallTime::duration>(deadline_));
  v1::SampleBlocksRequest request;
  request.set_input(input);
  request.set_max_blocks(max_blocks);
  v1::SampleBlocksResponse response;
  {
    MutexLock lock(mutex_);
    if (stopped_) return absl::CancelledError("stopping");
    open_.insert(&context);
  }
  const grpc::Status status = stub_->SampleBlocks(&context, request, &response);
  {
    MutexLock lock(mutex_);
    open_.erase(&context);
  }
  if (!status.ok()) return Annotate(FromGrpc(status), "locus-meta, SampleBlocks");
  return FromWire(response, max_blocks);
}

void GrpcSampleSource::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  for (grpc::ClientContext* context : open_) context->TryCancel();
}

}  // namespace locus::extender
