#include "cache_worker/alluxio/read_stream.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <utility>

#include "common/grpc_server.h"
#include "common/status.h"

namespace locus::worker {
namespace {

using ::alluxio::grpc::block::ReadRequest;

// A copy that turns out damaged again, after it was fetched anew, is a disk's fault that a third try will not mend.
constexpr int kMaxOpens = 3;

size_t PutVarint(uint64_t value, char* to) {
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) to[size++] = static_cast<char>(value | 0x80);
  to[size++] = static_cast<char>(value);
  return size;
}

grpc::Status Invalid(const std::string& text) { return {grpc::INVALID_ARGUMENT, "ReadBlock: " + text}; }

// The bytes without a copy; with them goes what they hold of the budget.
grpc::Slice SliceOf(PieceMemory::Piece bytes, std::optional<ReadBudget::Hold> hold) {
  struct Owned {
    PieceMemory::Piece bytes;
    std::optional<ReadBudget::Hold> hold;
  };
  auto* owned = new Owned{std::move(bytes), std::move(hold)};
  return grpc::Slice(
      owned->bytes.data(), owned->bytes.size(), [](void* it) { delete static_cast<Owned*>(it); }, owned);
}

}  // namespace

grpc::ByteBuffer EncodeReadResponse(const grpc::Slice& data) {
  // Field 1 of ReadResponse, with field 1 of Chunk in it, both of wire type 2
  // (https://protobuf.dev/programming-guides/encoding/).
  constexpr char kField1 = 0x0A;
  char inner[11] = {kField1};
  const size_t inner_size = 1 + PutVarint(data.size(), inner + 1);
  char head[22] = {kField1};
  size_t size = 1 + PutVarint(inner_size + data.size(), head + 1);
  std::copy_n(inner, inner_size, head + size);
  size += inner_size;
  const grpc::Slice slices[] = {grpc::Slice(head, size), data};
  return grpc::ByteBuffer(slices, 2);
}

ReadStream* ReadStream::Start(const ReadServices& services) {
  const auto stream = std::make_shared<ReadStream>(services);
  stream->self_ = stream;
  stream->StartRead(&stream->incoming_);
  return stream.get();
}

ReadStream::ReadStream(const ReadServices& services) : services_(services) { ++services_.stats.reads; }

ReadStream::~ReadStream() = default;

void ReadStream::OnDone() {
  --services_.stats.streams;
  // A task may still be under way: the last of both ends this.
  const std::shared_ptr<ReadStream> self = std::move(self_);
}

void ReadStream::OnCancel() { End({grpc::CANCELLED, "cancelled"}); }

void ReadStream::OnReadDone(bool ok) {
  // Half-closed: the client has what it wants.
  if (!ok) return End(grpc::Status::OK);
  ReadRequest request;
  {
    grpc::ProtoBufferReader reader(&incoming_);
    if (!reader.status().ok() || !request.ParseFromZeroCopyStream(&reader)) {
      return End(Invalid("the request cannot be parsed"));
    }
  }
  grpc::Status status;
  {
    MutexLock lock(mutex_);
    if (finished_) return;
    if (step_ == Step::kAsk) {
      status = Accept(request);
    } else if (request.has_offset_received()) {
      window_.Received(static_cast<uint64_t>(std::max<int64_t>(0, request.offset_received())));
    }
  }
  if (!status.ok()) return End(status);
  Advance();
  StartRead(&incoming_);
}

grpc::Status ReadStream::Accept(const ReadRequest& request) {
  if (!request.has_block_id()) return Invalid("names no block");
  if (request.offset() < 0) return Invalid("offset is negative");
  if (request.length() <= 0) return Invalid("length is not above 0");
  if (request.chunk_size() <= 0) return Invalid("chunk_size is not above 0");
  const auto& ufs = request.open_ufs_block_options();
  if (ufs.offset_in_file() < 0 || ufs.block_size() < 0) return Invalid("open_ufs_block_options has a negative number");
  wanted_.id = alluxio_wire::SplitBlockId(request.block_id());
  wanted_.ufs_path = ufs.ufs_path();
  wanted_.offset_in_file = static_cast<uint64_t>(ufs.offset_in_file());
  wanted_.block_bytes = static_cast<uint64_t>(ufs.block_size());
  wanted_.no_cache = ufs.no_cache();
  chunk_bytes_ = std::min(static_cast<uint64_t>(request.chunk_size()), kMaxSentChunkBytes);
  position_ = static_cast<uint64_t>(request.offset());
  // Both are below 2^63: no overflow.
  end_ = position_ + static_cast<uint64_t>(request.length());
  window_ = SendWindow(position_, services_.window);
  step_ = Step::kOpen;
  return grpc::Status::OK;
}

void ReadStream::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    outgoing_.Clear();
    writing_ = false;
  }
  // Not OK: the client is gone, which OnCancel tells too.
  if (!ok) return End({grpc::CANCELLED, "the client is gone"});
  Advance();
}

void ReadStream::End(const grpc::Status& status) {
  cancelled_ = true;
  {
    MutexLock lock(mutex_);
    if (!over_) status_ = status;
    over_ = true;
  }
  Advance();
}

void ReadStream::Fail(const absl::Status& status) {
  // A worker that is stopping cancels its own fetches: the client did not ask for that.
  const absl::Status told = absl::IsCancelled(status) ? Unavailable("this worker is stopping") : status;
  if (!over_) status_ = ToGrpc(told);
  over_ = true;
  ++services_.stats.failed_reads;
}

bool ReadStream::CutChunk() {
  if (writing_ || piece_.empty()) return false;
  const size_t bytes = std::min<size_t>(chunk_bytes_, piece_.bytes.size() - piece_.taken);
  outgoing_ = EncodeReadResponse(piece_.bytes.sub(piece_.taken, piece_.taken + bytes));
  piece_.taken += bytes;
  // The transport has its own hold on what it sends.
  if (piece_.empty()) piece_ = Piece();
  window_.Sent(bytes);
  return true;
}

bool ReadStream::WantsTask() {
  if (working_) return false;
  if (step_ == Step::kOpen || step_ == Step::kFetch) return true;
  if (step_ != Step::kRead || position_ == end_ || !piece_.empty()) return false;
  const uint64_t whole = std::min(ServedBlock::kReadBytes - position_ % ServedBlock::kReadBytes, end_ - position_);
  if (writing_ && !window_.MayReadAhead(whole)) return false;
  hold_ = services_.budget.Take(whole);
  if (!hold_ && writing_) return false;
  reading_ = hold_ ? whole : std::min(whole, kOwnPieceBytes);
  return true;
}

ReadStream::Todo ReadStream::Decide() {
  Todo todo;
  if (!over_ && !finished_) {
    todo.write = CutChunk();
    writing_ = writing_ || todo.write;
    todo.task = WantsTask();
    working_ = working_ || todo.task;
    todo.slow = step_ == Step::kFetch || (step_ == Step::kRead && todo.task && !block_->tier());
  }
  const bool complete = step_ == Step::kRead && position_ == end_ && piece_.empty() && !working_;
  todo.finish = !finished_ && (over_ || complete) && !writing_;
  todo.status = status_;
  finished_ = finished_ || todo.finish;
  if (over_ || finished_) {
    piece_ = Piece();
    if (!working_) todo.let_go = std::move(block_);
  }
  return todo;
}

void ReadStream::Advance() {
  Todo todo;
  {
    MutexLock lock(mutex_);
    todo = Decide();
  }
  if (todo.write) StartWrite(&outgoing_);
  if (todo.finish) Finish(todo.status);
  if (!todo.task) return;
  TaskPool& pool = todo.slow ? services_.fetchers : services_.readers;
  if (pool.Submit([self = shared_from_this()] { self->Work(); })) return;
  {
    MutexLock lock(mutex_);
    working_ = false;
    Fail(Unavailable("this worker is stopping"));
  }
  Advance();
}

std::optional<ReadStream::Task> ReadStream::TakeTask() {
  std::unique_ptr<ServedBlock> let_go;
  MutexLock lock(mutex_);
  if (!over_) return Task{step_, wanted_, position_, reading_, std::exchange(hold_, std::nullopt)};
  working_ = false;
  hold_.reset();
  let_go = std::move(block_);
  return std::nullopt;
}

void ReadStream::Work() {
  std::optional<Task> task = TakeTask();
  if (!task) return;
  const Step step = task->step;
  std::unique_ptr<ServedBlock> let_go;
  if (step == Step::kRead) {
    PieceMemory::Piece bytes = services_.memory.Take(task->bytes);
    const absl::Status status = block_->Read(task->position, task->bytes, bytes.data());
    MutexLock lock(mutex_);
    PieceRead(std::move(*task), status, std::move(bytes), let_go);
  } else {
    BlockProvider::Result opened = step == Step::kOpen
                                       ? services_.blocks.Find(task->wanted)
                                       : services_.blocks.Fetch(task->wanted, [this] { return cancelled_.load(); });
    MutexLock lock(mutex_);
    Opened(step, std::move(opened));
  }
  Advance();
}

void ReadStream::Opened(Step step, BlockProvider::Result opened) {
  working_ = false;
  if (!opened.ok() && step == Step::kOpen && absl::IsNotFound(opened.status())) {
    step_ = Step::kFetch;
    return;
  }
  if (!opened.ok()) {
    if (!over_) Fail(opened.status());
    return;
  }
  block_ = std::move(*opened);
  ++opened_;
  step_ = Step::kRead;
  ++(step == Step::kOpen ? services_.stats.hits : services_.stats.misses);
  // A stream that ends early says nothing to a Java client: it would fail without asking another worker.
  if (end_ > block_->bytes()) {
    Fail(absl::OutOfRangeError("the block has " + std::to_string(block_->bytes()) + " bytes, and bytes up to " +
                               std::to_string(end_) + " were asked for: list the file again"));
  }
}

void ReadStream::PieceRead(Task task, const absl::Status& status, PieceMemory::Piece bytes,
                           std::unique_ptr<ServedBlock>& let_go) {
  working_ = false;
  if (absl::IsDataLoss(status) && opened_ < kMaxOpens) {
    ++services_.stats.reopened;
    let_go = std::move(block_);
    step_ = Step::kOpen;
    return;
  }
  if (!status.ok()) {
    if (!over_) Fail(absl::IsDataLoss(status) ? Unavailable("the block is damaged: " + MessageOf(status)) : status);
    return;
  }
  const std::optional<Tier> tier = block_->tier();
  services_.stats.bytes[tier ? static_cast<size_t>(*tier) : 0] += bytes.size();
  position_ += bytes.size();
  piece_ = {SliceOf(std::move(bytes), std::move(task.hold)), 0};
}

}  // namespace locus::worker
