#include "cache_worker/grpc/chunk_buffers.h"

#include <cstdint>
#include <utility>

#include "proto/locus/v1/cache.pb.h"

namespace locus::worker {
namespace {

// https://protobuf.dev/programming-guides/encoding: a field is its tag (number and wire type), then its value.
constexpr int kVarint = 0;
constexpr int kLengthDelimited = 2;

void AppendVarint(uint64_t value, std::string& to) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>((value & 0x7f) | 0x80);
  to += static_cast<char>(value);
}

void AppendTag(int field, int wire_type, std::string& to) {
  AppendVarint((static_cast<uint64_t>(field) << 3) | static_cast<uint64_t>(wire_type), to);
}

// What a slice owns.
struct Lent {
  std::shared_ptr<ChunkBuffers> home;
  std::string buffer;
  void (*give)(ChunkBuffers&, std::string);
};

void GiveBack(void* lent) {
  const std::unique_ptr<Lent> back(static_cast<Lent*>(lent));
  back->give(*back->home, std::move(back->buffer));
}

// The slice owns a share of what holds the bytes.
grpc::Slice InPlace(ChunkOut chunk) {
  using Holder = std::shared_ptr<const void>;
  // gRPC's slices are of bytes that may change; what has been mapped may not, and gRPC leaves it alone.
  return {const_cast<char*>(chunk.bytes.data()), chunk.bytes.size(),
          [](void* holder) { delete static_cast<Holder*>(holder); }, new Holder(std::move(chunk.holder))};
}

}  // namespace

grpc::ByteBuffer ChunkBuffers::Response(ChunkOut chunk, std::optional<Tier> source) {
  std::string head;
  if (source) {
    AppendTag(v1::ReadResponse::kSourceFieldNumber, kVarint, head);
    AppendVarint(static_cast<uint64_t>(*source), head);
  }
  // Bytes come last: what follows the head is the chunk as it is.
  AppendTag(v1::ReadResponse::kDataFieldNumber, kLengthDelimited, head);
  AppendVarint(chunk.bytes.size(), head);
  const grpc::Slice slices[] = {grpc::Slice(head), chunk.holder ? InPlace(std::move(chunk)) : Lend(chunk)};
  return {slices, 2};
}

grpc::Slice ChunkBuffers::Lend(const ChunkOut& chunk) {
  auto lent = std::make_unique<Lent>();
  lent->home = shared_from_this();
  lent->give = [](ChunkBuffers& home, std::string buffer) { home.Give(std::move(buffer)); };
  const size_t begin = static_cast<size_t>(chunk.bytes.data() - chunk.buffer->data());
  lent->buffer = std::exchange(*chunk.buffer, Take());
  char* const bytes = lent->buffer.data() + begin;
  return {bytes, chunk.bytes.size(), &GiveBack, lent.release()};
}

size_t ChunkBuffers::idle() const {
  MutexLock lock(mutex_);
  return idle_.size();
}

std::string ChunkBuffers::Take() {
  MutexLock lock(mutex_);
  if (idle_.empty()) return {};
  std::string buffer = std::move(idle_.back());
  idle_.pop_back();
  return buffer;
}

void ChunkBuffers::Give(std::string buffer) {
  MutexLock lock(mutex_);
  if (idle_.size() < keep_) idle_.push_back(std::move(buffer));
}

}  // namespace locus::worker
