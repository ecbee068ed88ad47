// Where samples of blocks come from.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "extender/locality/block_sample.h"

namespace locus::extender {

// Thread-safe.
class SampleSource {
 public:
  virtual ~SampleSource() = default;

  // At most `max_blocks` blocks of `input` with their nodes. Blocks until it is there, for a time that the source
  // bounds. UNIMPLEMENTED: the other side is too old to know of samples; UNAVAILABLE: it is away, or the input not
  // looked up yet.
  virtual absl::StatusOr<BlockSample> Sample(const std::string& input, uint32_t max_blocks) = 0;

  // Ends the call under way, and every later one, at once.
  virtual void Stop() = 0;
};

}  // namespace locus::extender
