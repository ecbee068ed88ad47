// CacheService over the wire: parse, call, convert.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>

#include "cache_worker/grpc/chunk_buffers.h"
#include "cache_worker/store/loader.h"
#include "cache_worker/store/read_through.h"
#include "proto/locus/v1/cache.grpc.pb.h"

namespace locus::worker {

// Calls of each kind at once; further ones get RESOURCE_EXHAUSTED. A read holds a thread, and a chunk that is read
// while one or two are being sent.
inline constexpr int kMaxReads = 256;
inline constexpr int kMaxLoads = 8;

// Thread-safe.
class CacheServiceHandler final : public v1::CacheService::Service {
 public:
  // All must outlive the handler. `status` makes the answer of Status.
  CacheServiceHandler(ReadThrough& reads, Loader& loader, std::function<v1::StatusResponse()> status);

  // Until then all calls but Status are UNAVAILABLE.
  void SetReady() { ready_ = true; }
  // Calls in progress end soon, as UNAVAILABLE; new ones do at once.
  void Stop() { stopping_ = true; }

  grpc::Status Load(grpc::ServerContext* context, const v1::LoadRequest* request,
                    grpc::ServerWriter<v1::LoadProgress>* writer) override;
  grpc::Status Evict(grpc::ServerContext* context, const v1::EvictRequest* request,
                     v1::EvictResponse* response) override;
  grpc::Status Pin(grpc::ServerContext* context, const v1::PinRequest* request, v1::PinResponse* response) override;
  grpc::Status Status(grpc::ServerContext* context, const v1::StatusRequest* request,
                      v1::StatusResponse* response) override;

  // Calls refused because too many of their kind were in progress.
  uint64_t refused() const { return refused_; }
  // Reads and loads in progress.
  int reading() const { return reading_; }
  int loading() const { return loading_; }

 private:
  class Slot;
  using RawReader = grpc::ServerSplitStreamer<v1::ReadRequest, grpc::ByteBuffer>;
  // CacheService.Read. Its answers are made by hand: the generated class would have every byte copied twice.
  grpc::Status StreamedRead(grpc::ServerContext* context, RawReader* stream);
  absl::Status CheckServing() const;
  // A stopped call is UNAVAILABLE to its client, not CANCELLED: the client did not ask for it.
  grpc::Status Result(const absl::Status& status) const;

  ReadThrough& reads_;
  Loader& loader_;
  const std::function<v1::StatusResponse()> status_;
  const std::shared_ptr<ChunkBuffers> buffers_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<int> reading_{0};
  std::atomic<int> loading_{0};
  std::atomic<uint64_t> refused_{0};
};

}  // namespace locus::worker
