#include "cache_worker/grpc/cache_service.h"

#include "cache_worker/origin/path.h"
#include "common/grpc_server.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Position in the service: cache.proto.
constexpr int kReadMethod = 0;
// A reader has about one of them between two chunks.
constexpr size_t kKeptBuffers = 32;

absl::StatusOr<std::optional<Tier>> TierOf(v1::Tier tier) {
  switch (tier) {
    case v1::TIER_UNSPECIFIED: return std::optional<Tier>();
    case v1::TIER_MEM:
    case v1::TIER_SSD:
    case v1::TIER_HDD: return std::optional<Tier>(static_cast<Tier>(tier));
    default: return InvalidArgument("tier: " + std::to_string(tier) + " is not known");
  }
}

v1::LoadProgress ToWire(const LoadState& state) {
  v1::LoadProgress progress;
  progress.set_files_total(state.files_total);
  progress.set_files_done(state.files_done);
  progress.set_bytes_total(state.bytes_total);
  progress.set_bytes_done(state.bytes_done);
  progress.set_bytes_fetched(state.bytes_fetched);
  progress.set_done(state.done);
  for (const std::string& problem : state.problems) progress.add_problems(problem);
  return progress;
}

// Pins what a load brings: as soon as there is something, so that it stays, and once more at the end, which tells what
// went beyond the bound. A load of nothing pins nothing.
class LoadPin {
 public:
  LoadPin(BlockStore& store, const v1::LoadRequest& request)
      : store_(store), path_(request.path()), wanted_(request.pin()) {}

  void Update(const LoadState& state, v1::LoadProgress& progress) {
    if (!wanted_ || state.files_total == 0 || (pinned_ && !state.done)) return;
    const absl::Status status = store_.Pin(path_).status();
    pinned_ = status.ok();
    if (pinned_ || !state.done) return;
    if (progress.problems_size() >= static_cast<int>(kMaxLoadProblems)) progress.mutable_problems()->RemoveLast();
    progress.add_problems(path_ + ": not all of it is pinned: " + MessageOf(status));
  }

 private:
  BlockStore& store_;
  const std::string path_;
  const bool wanted_;
  bool pinned_ = false;
};

}  // namespace

// Counts a call in progress.
class CacheServiceHandler::Slot {
 public:
  Slot(std::atomic<int>& count, int max, std::atomic<uint64_t>& refused) : count_(count), held_(++count <= max) {
    if (!held_) ++refused;
  }
  ~Slot() { --count_; }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  bool held() const { return held_; }

 private:
  std::atomic<int>& count_;
  const bool held_;
};

absl::Status CacheServiceHandler::CheckServing() const {
  if (stopping_) return Unavailable("this worker is stopping");
  if (!ready_) return Unavailable("this worker is looking through its tier folders: try again soon");
  return absl::OkStatus();
}

grpc::Status CacheServiceHandler::Result(const absl::Status& status) const {
  if (absl::IsCancelled(status) && stopping_) return ToGrpc(Unavailable("this worker is stopping"));
  return ToGrpc(status);
}

CacheServiceHandler::CacheServiceHandler(ReadThrough& reads, Loader& loader, std::function<v1::StatusResponse()> status)
    : reads_(reads), loader_(loader), status_(std::move(status)), buffers_(ChunkBuffers::Create(kKeptBuffers)) {
  // What the generated WithSplitStreamingMethod_Read does, but for the type of the answers.
  MarkMethodStreamed(kReadMethod, new grpc::internal::SplitServerStreamingHandler<v1::ReadRequest, grpc::ByteBuffer>(
                                      [this](grpc::ServerContext* context, RawReader* reader) {
                                        return StreamedRead(context, reader);
                                      }));
}

grpc::Status CacheServiceHandler::StreamedRead(grpc::ServerContext* context, RawReader* stream) {
  if (const absl::Status status = CheckServing(); !status.ok()) return ToGrpc(status);
  const Slot slot(reading_, kMaxReads, refused_);
  if (!slot.held()) return ToGrpc(Exhausted("too many reads at once"));
  v1::ReadRequest request;
  if (!stream->Read(&request)) return ToGrpc(InvalidArgument("no request came"));
  const ReadRange range{request.path(), request.offset_bytes(), request.length_bytes(), request.no_cache()};
  return Result(reads_.Read(
      range, [&] { return stopping_ || context->IsCancelled(); },
      ChunkTaker([&](ChunkOut chunk, std::optional<Tier> source) {
        return stream->Write(buffers_->Response(std::move(chunk), source));
      })));
}

grpc::Status CacheServiceHandler::Load(grpc::ServerContext* context, const v1::LoadRequest* request,
                                       grpc::ServerWriter<v1::LoadProgress>* writer) {
  if (const absl::Status status = CheckServing(); !status.ok()) return ToGrpc(status);
  const Slot slot(loading_, kMaxLoads, refused_);
  if (!slot.held()) return ToGrpc(Exhausted("too many loads at once"));
  const absl::StatusOr<std::optional<Tier>> tier = TierOf(request->tier());
  if (!tier.ok()) return ToGrpc(tier.status());
  LoadOptions options;
  options.path = request->path();
  options.tier = *tier;
  options.shards = request->shards();
  options.shard = request->shard();
  options.bytes_per_second = request->bytes_per_second();
  LoadPin pin(reads_.store(), *request);
  return Result(loader_.Run(
      options, [&] { return stopping_ || context->IsCancelled(); },
      [&](const LoadState& state) {
        v1::LoadProgress progress = ToWire(state);
        pin.Update(state, progress);
        return writer->Write(progress);
      }));
}

grpc::Status CacheServiceHandler::Evict(grpc::ServerContext*, const v1::EvictRequest* request,
                                        v1::EvictResponse* response) {
  if (const absl::Status status = CheckServing(); !status.ok()) return ToGrpc(status);
  if (const absl::Status status = CheckPath(request->path()); !status.ok()) return ToGrpc(status);
  const BlockStore::Dropped dropped = reads_.store().Drop(request->path());
  response->set_blocks(dropped.blocks);
  response->set_bytes(dropped.bytes);
  return grpc::Status::OK;
}

grpc::Status CacheServiceHandler::Pin(grpc::ServerContext*, const v1::PinRequest* request, v1::PinResponse* response) {
  if (const absl::Status status = CheckServing(); !status.ok()) return ToGrpc(status);
  if (const absl::Status status = CheckPath(request->path()); !status.ok()) return ToGrpc(status);
  BlockStore& store = reads_.store();
  const auto pinned = request->unpin() ? store.Unpin(request->path()) : store.Pin(request->path());
  if (!pinned.ok()) return ToGrpc(pinned.status());
  response->set_blocks(pinned->blocks);
  response->set_bytes(pinned->bytes);
  return grpc::Status::OK;
}

grpc::Status CacheServiceHandler::Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusResponse* response) {
  *response = status_();
  return grpc::Status::OK;
}

}  // namespace locus::worker
