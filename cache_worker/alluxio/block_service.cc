#include "cache_worker/alluxio/block_service.h"

#include <string>
#include <utility>

#include "common/grpc_server.h"
#include "common/status.h"

namespace locus::worker {
namespace {

namespace block = ::alluxio::grpc::block;

// Of the codes that Java's clients do not answer by trying again for minutes; the text reaches their user.
const grpc::Status kReadOnly = {grpc::FAILED_PRECONDITION,
                                "this worker is a read-only cache (locus-worker): write through another Alluxio "
                                "worker, or straight to the under-store (write type THROUGH at another worker)"};

// A stream that is answered with a status alone.
template <typename Request, typename Response>
class Refusal final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  explicit Refusal(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const grpc::Status& status) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

bool Fill(const block::OpenUfsBlockOptions& ufs, WantedBlock& wanted) {
  if (ufs.offset_in_file() < 0 || ufs.block_size() < 0) return false;
  wanted.ufs_path = ufs.ufs_path();
  wanted.offset_in_file = static_cast<uint64_t>(ufs.offset_in_file());
  wanted.block_bytes = static_cast<uint64_t>(ufs.block_size());
  return true;
}

}  // namespace

grpc::Status BlockService::Admit(const grpc::ServerContextBase& call) const {
  grpc::Status status = admission_(call);
  if (!status.ok()) {
    ++services_.stats.unauthenticated;
    return status;
  }
  if (stopping_) return {grpc::UNAVAILABLE, "this worker is stopping"};
  if (!ready_) return {grpc::UNAVAILABLE, "this worker is looking through its tier folders: try again soon"};
  return grpc::Status::OK;
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* BlockService::ReadBlock(
    grpc::CallbackServerContext* context) {
  const grpc::Status admitted = Admit(*context);
  if (!admitted.ok()) return new Refusal<grpc::ByteBuffer, grpc::ByteBuffer>(admitted);
  // The stream's end counts it down.
  if (++services_.stats.streams > max_streams_) {
    --services_.stats.streams;
    ++services_.stats.too_many_streams;
    return new Refusal<grpc::ByteBuffer, grpc::ByteBuffer>(
        {grpc::RESOURCE_EXHAUSTED, std::to_string(max_streams_) +
                                       " blocks are being read from this worker, which is the limit: raise "
                                       "alluxio.max_streams"});
  }
  return ReadStream::Start(services_);
}

grpc::ServerBidiReactor<block::WriteRequest, block::WriteResponse>* BlockService::WriteBlock(
    grpc::CallbackServerContext* context) {
  const grpc::Status admitted = Admit(*context);
  if (admitted.ok()) ++services_.stats.writes_refused;
  return new Refusal<block::WriteRequest, block::WriteResponse>(admitted.ok() ? kReadOnly : admitted);
}

grpc::ServerBidiReactor<block::CreateLocalBlockRequest, block::CreateLocalBlockResponse>*
BlockService::CreateLocalBlock(grpc::CallbackServerContext* context) {
  const grpc::Status admitted = Admit(*context);
  if (admitted.ok()) ++services_.stats.writes_refused;
  return new Refusal<block::CreateLocalBlockRequest, block::CreateLocalBlockResponse>(admitted.ok() ? kReadOnly
                                                                                                    : admitted);
}

grpc::ServerBidiReactor<block::OpenLocalBlockRequest, block::OpenLocalBlockResponse>* BlockService::OpenLocalBlock(
    grpc::CallbackServerContext* context) {
  const grpc::Status admitted = Admit(*context);
  // A block's file ends in a description of it, which is no part of the block; and a client would need our folders.
  const grpc::Status none = {grpc::NOT_FOUND, "this worker shows no files of blocks: read by ReadBlock"};
  return new Refusal<block::OpenLocalBlockRequest, block::OpenLocalBlockResponse>(admitted.ok() ? none : admitted);
}

grpc::Status BlockService::CacheOne(const WantedBlock& wanted) {
  const absl::Status status = services_.blocks.Cache(wanted, [this] { return stopping_.load(); });
  ++(status.ok() ? services_.stats.cached : services_.stats.cache_failed);
  return ToGrpc(status);
}

grpc::ServerUnaryReactor* BlockService::CacheNow(grpc::CallbackServerContext* context,
                                                 const block::CacheRequest& request, bool async) {
  const grpc::Status admitted = Admit(*context);
  if (!admitted.ok()) return Answer(context, admitted);
  // Nobody waits for it, and nothing hangs on it.
  if (!services_.blocks.takes_orders()) return Answer(context, grpc::Status::OK);
  WantedBlock wanted;
  wanted.id = alluxio_wire::SplitBlockId(request.block_id());
  if (!Fill(request.open_ufs_block_options(), wanted)) {
    return Answer(context, {grpc::INVALID_ARGUMENT, "open_ufs_block_options has a negative number"});
  }
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const bool taken = orders_.Submit([this, wanted, reactor = async ? nullptr : reactor] {
    const grpc::Status status = CacheOne(wanted);
    if (reactor != nullptr) reactor->Finish(status);
  });
  if (!taken) ++services_.stats.cache_dropped;
  if (async) {
    reactor->Finish(grpc::Status::OK);
  } else if (!taken) {
    reactor->Finish({grpc::RESOURCE_EXHAUSTED, "too many blocks wait to be cached at this worker"});
  }
  return reactor;
}

grpc::ServerUnaryReactor* BlockService::AsyncCache(grpc::CallbackServerContext* context,
                                                   const block::CacheRequest* request, block::CacheResponse*) {
  return CacheNow(context, *request, true);
}

grpc::ServerUnaryReactor* BlockService::Cache(grpc::CallbackServerContext* context, const block::CacheRequest* request,
                                              block::CacheResponse*) {
  return CacheNow(context, *request, request->async());
}

void BlockService::LoadAll(const block::LoadRequest& request, block::LoadResponse& response) {
  for (const block::LoadBlock& one : request.blocks()) {
    WantedBlock wanted;
    wanted.id = alluxio_wire::SplitBlockId(one.block_id());
    wanted.ufs_path = one.ufs_path();
    wanted.offset_in_file = static_cast<uint64_t>(std::max<int64_t>(0, one.offset_in_file()));
    wanted.block_bytes = static_cast<uint64_t>(std::max<int64_t>(0, one.length()));
    const grpc::Status status = CacheOne(wanted);
    if (status.ok()) continue;
    block::LoadBlockStatus& failed = *response.add_block_status();
    *failed.mutable_block() = one;
    failed.set_code(status.error_code());
    failed.set_message(status.error_message());
    failed.set_retryable(status.error_code() == grpc::UNAVAILABLE);
  }
  const int failed = response.block_status_size();
  response.set_status(failed == 0                       ? block::LOAD_SUCCESS
                      : failed == request.blocks_size() ? block::LOAD_FAILURE
                                                        : block::LOAD_PARTIAL_FAILURE);
}

grpc::ServerUnaryReactor* BlockService::Load(grpc::CallbackServerContext* context, const block::LoadRequest* request,
                                             block::LoadResponse* response) {
  grpc::Status refused = Admit(*context);
  if (refused.ok() && !services_.blocks.takes_orders()) {
    refused = {grpc::FAILED_PRECONDITION, "this worker has no Alluxio master: load by locusctl load"};
  }
  if (!refused.ok()) return Answer(context, refused);
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  // Both messages live until the call is finished.
  const bool taken = orders_.Submit([this, request, response, reactor] {
    LoadAll(*request, *response);
    reactor->Finish(grpc::Status::OK);
  });
  if (!taken) reactor->Finish({grpc::RESOURCE_EXHAUSTED, "too many blocks wait to be cached at this worker"});
  return reactor;
}

grpc::ServerUnaryReactor* BlockService::RemoveBlock(grpc::CallbackServerContext* context,
                                                    const block::RemoveBlockRequest* request,
                                                    block::RemoveBlockResponse*) {
  const grpc::Status admitted = Admit(*context);
  if (admitted.ok() && services_.blocks.takes_orders()) {
    services_.blocks.Remove(alluxio_wire::SplitBlockId(request->block_id()));
  }
  return Answer(context, admitted);
}

grpc::ServerUnaryReactor* BlockService::MoveBlock(grpc::CallbackServerContext* context, const block::MoveBlockRequest*,
                                                  block::MoveBlockResponse*) {
  return Answer(context, Admit(*context));
}

grpc::ServerUnaryReactor* BlockService::ClearMetrics(grpc::CallbackServerContext* context,
                                                     const block::ClearMetricsRequest*, block::ClearMetricsResponse*) {
  return Answer(context, Admit(*context));
}

grpc::ServerUnaryReactor* BlockService::FreeWorker(grpc::CallbackServerContext* context,
                                                   const block::FreeWorkerRequest*, block::FreeWorkerResponse*) {
  const grpc::Status admitted = Admit(*context);
  if (admitted.ok() && services_.blocks.takes_orders()) services_.blocks.RemoveAll();
  return Answer(context, admitted);
}

}  // namespace locus::worker
