// The sum of a chunk that lies in mapped pages, which another thread may take while the chunk before it is being sent.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "cache_worker/store/mapped_file.h"

namespace locus::worker {

// Thread-safe. The sum is taken once, by whoever comes first.
class ChunkCheck {
 public:
  // `bytes` lie in `pages`; `sum` is what their ChunkSum has to be. `state`: of their file (ReadableFile::State).
  ChunkCheck(std::shared_ptr<const MappedFile> pages, std::string_view bytes, uint64_t sum, uint64_t state)
      : state_before(state), pages_(std::move(pages)), bytes_(bytes), sum_(sum) {}

  // Before the sum was taken. Where the file has another one now, the sum says nothing.
  const uint64_t state_before;

  // Takes the sum, unless somebody has begun to.
  void Run();
  // The same, and waits for whoever has begun.
  bool Matches();

 private:
  enum class State { kNew, kBegun, kMatches, kDiffers };

  const std::shared_ptr<const MappedFile> pages_;
  const std::string_view bytes_;
  const uint64_t sum_;
  std::atomic<State> state_{State::kNew};
};

}  // namespace locus::worker
