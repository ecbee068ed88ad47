// LocalityService: which nodes hold how many bytes of an input.
#pragma once

#include <map>
#include <string>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/grpc/open_calls.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::meta {

// Bounds of proto/locus/v1/locality.proto.
inline constexpr int kMaxInputs = 64;
inline constexpr uint32_t kDefaultPage = 1000;
inline constexpr uint32_t kMaxPage = 10'000;
// How long a question waits for a first listing when its call has no deadline, and at most.
inline constexpr Duration kDefaultWait = std::chrono::seconds(5);
inline constexpr Duration kMaxWait = std::chrono::seconds(60);
inline constexpr uint32_t kDefaultSample = 4096;
inline constexpr uint32_t kMaxSample = 16'384;
// SampleBlocks calls at once: each walks over an input, and holds a thread meanwhile.
inline constexpr size_t kMaxSampleCalls = 4;
// WatchLocality streams at once: each holds two threads.
inline constexpr size_t kMaxWatchStreams = 1000;

// Thread-safe; all that is passed must outlive it. A call that has to wait for a listing, and every stream, holds a
// thread of the server. Statuses are those of the contract: INVALID_ARGUMENT names the field, RESOURCE_EXHAUSTED the
// bound, UNAVAILABLE means that the service stops or (ListBlocks, SampleBlocks) that the input is still pending.
class LocalityService final : public v1::LocalityService::Service {
 public:
  LocalityService(Catalog& catalog, const Clock& clock, Metrics& metrics);

  grpc::Status GetLocality(grpc::ServerContext* context, const v1::GetLocalityRequest* request,
                           v1::GetLocalityResponse* response) override;
  grpc::Status WatchLocality(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::WatchLocalityResponse, v1::WatchLocalityRequest>* stream) override;
  grpc::Status ListBlocks(grpc::ServerContext* context, const v1::ListBlocksRequest* request,
                          v1::ListBlocksResponse* response) override;
  grpc::Status SampleBlocks(grpc::ServerContext* context, const v1::SampleBlocksRequest* request,
                            v1::SampleBlocksResponse* response) override;
  grpc::Status ListWorkers(grpc::ServerContext* context, const v1::ListWorkersRequest* request,
                           v1::ListWorkersResponse* response) override;
  grpc::Status ListMounts(grpc::ServerContext* context, const v1::ListMountsRequest* request,
                          v1::ListMountsResponse* response) override;

  // Ends all streams and waiting calls at once and refuses new streams. Idempotent.
  void Stop();

 private:
  absl::Status Get(grpc::ServerContext* context, const v1::GetLocalityRequest& request,
                   v1::GetLocalityResponse* response);
  absl::Status List(grpc::ServerContext* context, const v1::ListBlocksRequest& request,
                    v1::ListBlocksResponse* response);
  absl::Status Sample(grpc::ServerContext* context, const v1::SampleBlocksRequest& request,
                      v1::SampleBlocksResponse* response);

  Catalog& catalog_;
  const Clock& clock_;
  OpenCalls watches_{kMaxWatchStreams};
  OpenCalls samples_{kMaxSampleCalls};
  Histogram answered_, pending_, refused_, sampled_;
  Counter watch_limit_, sample_limit_;
};

}  // namespace locus::meta
