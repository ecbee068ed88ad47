#include "cache_worker/store/frequency_sketch.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace locus::worker;

TEST_CASE("counts go up one by one to the highest and stay there", "[store]") {
  FrequencySketch sketch(1000);
  CHECK(sketch.Estimate(7) == 0);
  for (uint32_t i = 1; i <= 40; ++i) {
    sketch.Add(7);
    CHECK(sketch.Estimate(7) == std::min(i, FrequencySketch::kMax));
  }
  CHECK(sketch.Estimate(8) == 0);
}

TEST_CASE("a key is never counted less often than it came, and seldom more", "[store]") {
  std::mt19937_64 random(11);
  FrequencySketch sketch(4096);
  std::map<uint64_t, uint32_t> truth;
  // Below the sample of five a key: nothing fades.
  for (int i = 0; i < 20'000; ++i) {
    // Skewed: the square of an even draw.
    const double u = std::uniform_real_distribution<double>(0, 1)(random);
    const auto key = static_cast<uint64_t>(u * u * 8000);
    sketch.Add(key);
    ++truth[key];
  }
  int too_high = 0;
  for (uint64_t key = 0; key < 16'000; ++key) {
    const auto found = truth.find(key);
    const uint32_t count = found == truth.end() ? 0 : found->second;
    CHECK(sketch.Estimate(key) >= std::min(count, FrequencySketch::kMax));
    too_high += sketch.Estimate(key) > count ? 1 : 0;
  }
  CHECK(too_high < 800);
}

TEST_CASE("after five additions a key all counts are halved", "[store]") {
  FrequencySketch sketch(64);
  for (int i = 0; i < 13; ++i) sketch.Add(1);
  REQUIRE(sketch.Estimate(1) == 13);
  // 320 make the sample; the one after them halves the 12 in the counters and forgets the one at the door.
  for (int i = 13; i < 320; ++i) sketch.Add(2);
  CHECK(sketch.Estimate(1) == 13);
  sketch.Add(2);
  CHECK(sketch.Estimate(1) == 6);
  CHECK(sketch.Estimate(2) == 8);
  // The next sample is over after half as many: half of the past still counts.
  for (int i = 0; i < 160; ++i) sketch.Add(2);
  CHECK(sketch.Estimate(1) == 6);
  sketch.Add(2);
  CHECK(sketch.Estimate(1) == 3);
}

TEST_CASE("what was counted survives growing", "[store]") {
  FrequencySketch sketch(64);
  for (uint64_t key = 0; key < 60; ++key) {
    for (uint64_t n = 0; n <= key % 9; ++n) sketch.Add(key);
  }
  std::map<uint64_t, uint32_t> before;
  for (uint64_t key = 0; key < 200; ++key) before[key] = sketch.Estimate(key);
  sketch.Grow(50'000);
  sketch.Grow(10);
  for (uint64_t key = 0; key < 200; ++key) CHECK(sketch.Estimate(key) == before[key]);
  // Now it tells 50,000 keys apart.
  for (uint64_t key = 1000; key < 51'000; ++key) sketch.Add(key);
  int wrong = 0;
  for (uint64_t key = 1000; key < 51'000; ++key) wrong += sketch.Estimate(key) == 1 ? 0 : 1;
  CHECK(wrong < 500);
}
