#include "locusctl/caches/rate_meter.h"

#include <catch2/catch.hpp>

#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::ctl;
using namespace std::chrono_literals;

TEST_CASE("a rate needs two moments", "[locusctl]") {
  FakeClock clock;
  RateMeter meter;
  CHECK(meter.rate() == 0);
  meter.Add(1000, clock.Now());
  CHECK(meter.rate() == 0);
  meter.Add(1000, clock.Now());
  CHECK(meter.rate() == 0);
  clock.Advance(2s);
  meter.Add(3000, clock.Now());
  CHECK(meter.rate() == Approx(1000));
}

TEST_CASE("only the latest seconds count", "[locusctl]") {
  FakeClock clock;
  RateMeter meter(5s);
  uint64_t total = 0;
  for (int i = 0; i < 100; ++i) {
    meter.Add(total, clock.Now());
    clock.Advance(100ms);
    total += 1000;
  }
  CHECK(meter.rate() == Approx(10'000));
  for (int i = 0; i < 100; ++i) {
    meter.Add(total, clock.Now());
    clock.Advance(100ms);
  }
  CHECK(meter.rate() == 0);
}

TEST_CASE("what is left takes its time, or for ever", "[locusctl]") {
  FakeClock clock;
  RateMeter meter;
  meter.Add(0, clock.Now());
  CHECK(meter.TimeFor(0) == Duration(0));
  CHECK_FALSE(meter.TimeFor(1));
  clock.Advance(1s);
  meter.Add(100, clock.Now());
  CHECK(meter.TimeFor(250) == 2500ms);
  CHECK_FALSE(meter.TimeFor(UINT64_MAX));
}
