// A picture that stays in its place on a terminal while it changes.
#pragma once

#include <cstddef>
#include <string>

#include "locusctl/table.h"
#include "proto/locus/v1/locality.pb.h"

namespace locus::ctl {

// Of a terminal. 0: not known.
struct Window {
  size_t columns = 0;
  size_t rows = 0;
  bool operator==(const Window&) const = default;
};

// The picture in at most `rows` lines: inputs give up their workers with the fewest bytes first, then lines at the end
// make room for how many there are. Always ends in `footer`, one line.
std::string WatchFrame(const v1::GetLocalityResponse& picture, const std::string& footer, const Style& style,
                       size_t rows);

// Remembers what it has drawn, so that the next frame takes its place. Not thread-safe.
class WatchScreen {
 public:
  // The bytes that put `frame` (lines that each end in a newline) where the frame before it stands. A window of another
  // size than the last time is cleared, as its lines lie elsewhere by now.
  std::string Draw(const std::string& frame, const Window& window);

 private:
  size_t lines_ = 0;
  Window window_;
};

}  // namespace locus::ctl
