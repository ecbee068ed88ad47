#include "common/clock_offset.h"

#include <catch2/catch.hpp>

#include "common/testing/fake_clock.h"

using namespace locus;
using namespace std::chrono_literals;

namespace {

bool Shows(Metrics& metrics, const std::string& value) {
  return metrics.Render().find("\nlocus_clock_offset_seconds{of=\"server\"} " + value + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("an offset is positive when the other clock is ahead", "[common]") {
  const FakeClock clock;
  Metrics metrics;
  ClockOffset offset("a server", "server", clock, metrics);
  CHECK(Shows(metrics, "0"));
  offset.Hear(clock.WallNow() + 300s);
  CHECK(Shows(metrics, "300"));
  offset.Hear(clock.WallNow() - 2s);
  CHECK(Shows(metrics, "-2"));
}

TEST_CASE("clocks differ by more than half a minute, either way", "[common]") {
  CHECK_FALSE(ClocksDiffer(0s));
  CHECK_FALSE(ClocksDiffer(30s));
  CHECK_FALSE(ClocksDiffer(-30s));
  CHECK(ClocksDiffer(31s));
  CHECK(ClocksDiffer(-31s));
}
