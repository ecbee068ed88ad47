// The Alluxio worker's service (proto/alluxio/block_worker.proto) over a BlockProvider.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <functional>

#include "cache_worker/alluxio/block_provider.h"
#include "cache_worker/alluxio/read_stream.h"
#include "cache_worker/alluxio/server_stats.h"
#include "cache_worker/alluxio/task_pool.h"
#include "proto/alluxio/block_worker.grpc.pb.h"

namespace locus::worker {

// Whether a call may pass: OK, or what its client is answered.
using Admission = std::function<grpc::Status(const grpc::ServerContextBase&)>;

// What BlockService is made of: what a method is called for each, and in which form. ReadBlock is raw, so that the
// bytes of a block go from the file to the socket without a copy.
using BlockServiceBase = ::alluxio::grpc::block::BlockWorker::WithRawCallbackMethod_ReadBlock<
    ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_WriteBlock<
        ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_OpenLocalBlock<
            ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_CreateLocalBlock<
                ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_AsyncCache<
                    ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_Cache<
                        ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_Load<
                            ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_RemoveBlock<
                                ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_MoveBlock<
                                    ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_ClearMetrics<
                                        ::alluxio::grpc::block::BlockWorker::WithCallbackMethod_FreeWorker<
                                            ::alluxio::grpc::block::BlockWorker::Service>>>>>>>>>>>;

// Thread-safe; no call holds a thread while it waits.
//
// What is not offered, and what clients make of it: a file to open on the same machine (OpenLocalBlock: NOT_FOUND, they
// read by ReadBlock), writes (WriteBlock, CreateLocalBlock: FAILED_PRECONDITION, which their user sees at once),
// copying from another worker (Cache reads the under-store instead), moves between tiers (MoveBlock: OK, nothing
// happens; the tiers see to it by themselves).
class BlockService final : public BlockServiceBase {
 public:
  // All must outlive it. `orders`: the pool that does what clients and master order (Cache, Load).
  BlockService(const ReadServices& services, TaskPool& orders, Admission admission, uint32_t max_streams)
      : services_(services), orders_(orders), admission_(std::move(admission)), max_streams_(max_streams) {}

  // Until then reads and orders are UNAVAILABLE.
  void SetReady() { ready_ = true; }
  // Calls in progress end soon; new ones are UNAVAILABLE.
  void Stop() { stopping_ = true; }

  using BlockServiceBase::AsyncCache;
  using BlockServiceBase::Cache;
  using BlockServiceBase::ClearMetrics;
  using BlockServiceBase::CreateLocalBlock;
  using BlockServiceBase::FreeWorker;
  using BlockServiceBase::Load;
  using BlockServiceBase::MoveBlock;
  using BlockServiceBase::OpenLocalBlock;
  using BlockServiceBase::ReadBlock;
  using BlockServiceBase::RemoveBlock;
  using BlockServiceBase::WriteBlock;

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ReadBlock(grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<::alluxio::grpc::block::WriteRequest, ::alluxio::grpc::block::WriteResponse>* WriteBlock(
      grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<::alluxio::grpc::block::OpenLocalBlockRequest,
                          ::alluxio::grpc::block::OpenLocalBlockResponse>*
  OpenLocalBlock(grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<::alluxio::grpc::block::CreateLocalBlockRequest,
                          ::alluxio::grpc::block::CreateLocalBlockResponse>*
  CreateLocalBlock(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* AsyncCache(grpc::CallbackServerContext* context,
                                       const ::alluxio::grpc::block::CacheRequest* request,
                                       ::alluxio::grpc::block::CacheResponse* response) override;
  grpc::ServerUnaryReactor* Cache(grpc::CallbackServerContext* context,
                                  const ::alluxio::grpc::block::CacheRequest* request,
                                  ::alluxio::grpc::block::CacheResponse* response) override;
  grpc::ServerUnaryReactor* Load(grpc::CallbackServerContext* context,
                                 const ::alluxio::grpc::block::LoadRequest* request,
                                 ::alluxio::grpc::block::LoadResponse* response) override;
  grpc::ServerUnaryReactor* RemoveBlock(grpc::CallbackServerContext* context,
                                        const ::alluxio::grpc::block::RemoveBlockRequest* request,
                                        ::alluxio::grpc::block::RemoveBlockResponse* response) override;
  grpc::ServerUnaryReactor* MoveBlock(grpc::CallbackServerContext* context,
                                      const ::alluxio::grpc::block::MoveBlockRequest* request,
                                      ::alluxio::grpc::block::MoveBlockResponse* response) override;
  grpc::ServerUnaryReactor* ClearMetrics(grpc::CallbackServerContext* context,
                                         const ::alluxio::grpc::block::ClearMetricsRequest* request,
                                         ::alluxio::grpc::block::ClearMetricsResponse* response) override;
  grpc::ServerUnaryReactor* FreeWorker(grpc::CallbackServerContext* context,
                                       const ::alluxio::grpc::block::FreeWorkerRequest* request,
                                       ::alluxio::grpc::block::FreeWorkerResponse* response) override;

 private:
  // Known, and this worker serves.
  grpc::Status Admit(const grpc::ServerContextBase& call) const;
  grpc::ServerUnaryReactor* CacheNow(grpc::CallbackServerContext* context,
                                     const ::alluxio::grpc::block::CacheRequest& request, bool async);
  grpc::Status CacheOne(const WantedBlock& wanted);
  void LoadAll(const ::alluxio::grpc::block::LoadRequest& request, ::alluxio::grpc::block::LoadResponse& response);

  const ReadServices services_;
  TaskPool& orders_;
  const Admission admission_;
  const uint32_t max_streams_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace locus::worker
