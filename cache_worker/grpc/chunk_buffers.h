// Chunks on their way out by gRPC, without a copy: the buffer that a chunk was read into is what is sent.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache_worker/store/block.h"
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

  // A ReadResponse in its wire format, with these bytes of `chunk` as data; `source` as in its field. Takes the chunk
  // away and leaves another buffer in its place.
  grpc::ByteBuffer Response(std::string& chunk, size_t begin, size_t size, std::optional<Tier> source);

  // Buffers that wait.
  size_t idle() const;

 private:
  explicit ChunkBuffers(size_t keep) : keep_(keep) {}
  std::string Take();
  void Give(std::string buffer);

  const size_t keep_;
  mutable Mutex mutex_;
  std::vector<std::string> idle_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
