#include "cache_worker/grpc/chunk_buffers.h"

#include <grpcpp/support/slice.h>

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

}  // namespace

grpc::ByteBuffer ChunkBuffers::Response(std::string& chunk, size_t begin, size_t size, std::optional<Tier> source) {
  std::string head;
  if (source) {
    AppendTag(v1::ReadResponse::kSourceFieldNumber, kVarint, head);
    AppendVarint(static_cast<uint64_t>(*source), head);
  }
  // Bytes come last: what follows the head is the chunk as it is.
  AppendTag(v1::ReadResponse::kDataFieldNumber, kLengthDelimited, head);
  AppendVarint(size, head);
  auto lent = std::make_unique<Lent>();
  lent->home = shared_from_this();
  lent->give = [](ChunkBuffers& home, std::string buffer) { home.Give(std::move(buffer)); };
  lent->buffer = std::move(chunk);
  chunk = Take();
  char* const bytes = lent->buffer.data() + begin;
  const grpc::Slice slices[] = {grpc::Slice(head), grpc::Slice(bytes, size, &GiveBack, lent.release())};
  return {slices, 2};
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
