// How many entries to ask for in one page of a listing.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/clock.h"

namespace locus::meta {

// Not thread-safe. An entry's size depends on the blocks of its file and their copies, up to megabytes: a page that did
// not fit into a message is asked for again in halves, and later pages stay that small for a while, as its neighbours
// are likely to be like it.
class PageSize {
 public:
  // `most` > 0.
  explicit PageSize(uint32_t most) : most_(most), size_(most) {}

  uint32_t Now(SteadyTime now) {
    if (size_ < most_ && now >= grow_at_) {
      size_ = size_ > most_ / 2 ? most_ : size_ * 2;
      grow_at_ = now + kRemember;
    }
    return size_;
  }
  // A page of `size` was too large. False: it cannot be made smaller.
  bool TooLarge(uint32_t size, SteadyTime now) {
    if (size <= 1) return false;
    // Another caller may have halved it already.
    size_ = std::min(size_, size / 2);
    grow_at_ = now + kRemember;
    return true;
  }

 private:
  // Before it is doubled again. A wrong guess costs one call.
  static constexpr Duration kRemember = std::chrono::minutes(1);

  const uint32_t most_;
  uint32_t size_;
  SteadyTime grow_at_;
};

}  // namespace locus::meta
