// A clock that moves only when a test says so.
#pragma once

#include <atomic>

#include "common/clock.h"

namespace locus {

// Thread-safe. Both clocks advance together.
class FakeClock final : public Clock {
 public:
  SteadyTime Now() const override { return SteadyTime(Duration(steady_ns_.load())); }
  WallTime WallNow() const override {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(Duration(kWallStartNs + steady_ns_.load())));
  }
  void Advance(Duration d) { steady_ns_ += d.count(); }

 private:
  // 2026-01-01T00:00:00Z.
  static constexpr int64_t kWallStartNs = 1767225600LL * 1'000'000'000;
  std::atomic<int64_t> steady_ns_{1'000'000'000};
};

}  // namespace locus
