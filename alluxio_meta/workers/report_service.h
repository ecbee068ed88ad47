// WorkerService: the news channel from cache workers.
#pragma once

#include <array>
#include <memory>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/grpc/open_calls.h"
#include "alluxio_meta/listings/worker_listings.h"
#include "alluxio_meta/workers/traffic_table.h"
#include "alluxio_meta/workers/worker_verifier.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "proto/locus/v1/report.grpc.pb.h"

namespace locus::meta {

// Thread-safe. Each stream holds a thread of the server, which reads; what goes to the worker is written by whoever has
// something to ask. All references must outlive it.
class ReportService final : public v1::WorkerService::Service {
 public:
  // `lost_after`: workers are told to give a sign of life three times as often. `verifier`: null where workers are
  // believed.
  ReportService(Catalog& catalog, Duration lost_after, const Clock& clock, Metrics& metrics, ListingLimits limits = {},
                WorkerVerifier* verifier = nullptr);

  grpc::Status Report(grpc::ServerContext* context,
                      grpc::ServerReaderWriter<v1::ReportResponse, v1::ReportRequest>* stream) override;

  // What agents have said of their workers' clients.
  const TrafficTable& traffic() const { return traffic_; }

  // Questions to the workers about their under-store.
  WorkerListings& listings() { return listings_; }

  // Ends all streams at once and refuses new ones. Idempotent.
  void Stop();

 private:
  class StreamLink;

  absl::Status Serve(grpc::ServerContext* context,
                     grpc::ServerReaderWriter<v1::ReportResponse, v1::ReportRequest>* stream);
  // Whether the caller is on the node that it says.
  absl::Status Prove(const grpc::ServerContext& context, WorkerHello* hello);
  absl::Status TakeListing(uint64_t stream, const v1::Listing& listing);
  absl::Status Handle(uint64_t stream, const HolderAddress& worker, const v1::ReportRequest& request);
  void CountMessage(const v1::ReportRequest& request);

  Catalog& catalog_;
  WorkerVerifier* const verifier_;
  TrafficTable traffic_;
  WorkerListings listings_;
  const Clock& clock_;
  const uint32_t beat_interval_ms_;
  // By v1::ReportRequest::MessageCase.
  std::vector<Counter> messages_;
  Counter ended_in_error_;
  Counter traffic_dropped_;
  OpenCalls calls_;
};

}  // namespace locus::meta
