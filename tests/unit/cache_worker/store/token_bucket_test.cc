#include "cache_worker/store/token_bucket.h"

#include <catch2/catch.hpp>
#include <random>

#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

TEST_CASE("a full bucket gives its burst at once, then its rate", "[store]") {
  FakeClock clock;
  TokenBucket bucket(100, 50, clock.Now());
  CHECK(bucket.Take(50, clock.Now()) == 0s);
  CHECK(bucket.Take(100, clock.Now()) == 1s);
  // The next one waits for the one before it too.
  CHECK(bucket.Take(10, clock.Now()) == 1100ms);
}

TEST_CASE("what was not used is kept up to the burst", "[store]") {
  FakeClock clock;
  TokenBucket bucket(100, 50, clock.Now());
  bucket.Take(50, clock.Now());
  clock.Advance(250ms);
  CHECK(bucket.Take(25, clock.Now()) == 0s);
  clock.Advance(1h);
  CHECK(bucket.Take(51, clock.Now()) == 10ms);
}

TEST_CASE("more than the burst may be asked for, and is paid for", "[store]") {
  FakeClock clock;
  TokenBucket bucket(1e6, 1, clock.Now());
  CHECK(bucket.Take(1 + 64e6, clock.Now()) == 64s);
}

TEST_CASE("a clock that stands still or goes back gives nothing", "[store]") {
  FakeClock clock;
  clock.Advance(10s);
  TokenBucket bucket(100, 0, clock.Now());
  CHECK(bucket.Take(100, clock.Now()) == 1s);
  CHECK(bucket.Take(0, clock.Now() - 5s) == 1s);
}

TEST_CASE("a rate near nothing waits for long and not for ever", "[store]") {
  FakeClock clock;
  TokenBucket bucket(1e-9, 0, clock.Now());
  CHECK(bucket.Take(1e18, clock.Now()) == 24h * 365);
}

// Whoever waits as told takes no more than rate x time + burst + the last request, in any order of sizes.
TEST_CASE("the rate holds over any time", "[store]") {
  std::mt19937_64 random(7);
  FakeClock clock;
  const SteadyTime start = clock.Now();
  TokenBucket bucket(1000, 100, start);
  double taken = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto amount = static_cast<double>(random() % 300);
    const Duration wait = bucket.Take(amount, clock.Now());
    clock.Advance(wait);
    taken += amount;
    CHECK(taken <= 1000 * ToSeconds(clock.Now() - start) + 100 + 1e-3);
    if (random() % 10 == 0) clock.Advance(std::chrono::milliseconds(random() % 500));
  }
  CHECK(taken >= 100'000);
}
