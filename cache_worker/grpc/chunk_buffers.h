// Chunks on their way out by gRPC, without a copy: what a chunk was read into, or where it lies, is what is sent.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache_worker/store/chunk_out.h"
#include "common/mutex.h"

namespace locus::worker {

// Buffers that gRPC has sent and that wait for the next chunk: fresh memory would have to be cleared and mapped for
// each. Thread-safe. Lives as long as any buffer is out.
class ChunkBuffers : public std::enable_shared_from_this<ChunkBuffers> {
 public:
  // Keeps so many at most; further ones are freed when they come back.
  static std::shared_ptr<ChunkBuffers> Create(size_t keep) {
    return std::shared_ptr<ChunkBuffers>(new ChunkBuffers(keep));
  }

  // A ReadResponse in its wire format, with the chunk as data; `source` as in its field. Takes what holds the chunk: of
  // one that stands in a buffer the buffer, and leaves another in its place.
  grpc::ByteBuffer Response(ChunkOut chunk, std::optional<Tier> source);

  // Buffers that wait.
  size_t idle() const;

 private:
  explicit ChunkBuffers(size_t keep) : keep_(keep) {}
  grpc::Slice Lend(const ChunkOut& chunk);
  std::string Take();
  void Give(std::string buffer);

  const size_t keep_;
  mutable Mutex mutex_;
  std::vector<std::string> idle_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
