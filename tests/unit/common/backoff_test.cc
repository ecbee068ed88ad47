#include "common/backoff.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace locus;
using namespace std::chrono_literals;

TEST_CASE("each pause lies between half and all of the doubled initial pause, up to the bound", "[common]") {
  const std::vector<Duration> full = {100ms, 200ms, 400ms, 800ms, 1600ms, 2s, 2s, 2s};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff(100ms, 2s, seed);
    for (const Duration expected : full) {
      const Duration pause = backoff.Next();
      CHECK(pause >= expected / 2);
      CHECK(pause <= expected);
    }
  }
}

TEST_CASE("pauses use the whole of their range", "[common]") {
  Duration least = 1h, most = 0ns;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const Duration pause = Backoff(100ms, 2s, seed).Next();
    least = std::min(least, pause);
    most = std::max(most, pause);
  }
  CHECK(least < 52ms);
  CHECK(most > 98ms);
}

TEST_CASE("the same seed gives the same pauses and another one others", "[common]") {
  Backoff one(100ms, 2s, 7), same(100ms, 2s, 7), other(100ms, 2s, 8);
  int differences = 0;
  for (int i = 0; i < 20; ++i) {
    const Duration pause = one.Next();
    CHECK(pause == same.Next());
    differences += pause == other.Next() ? 0 : 1;
  }
  CHECK(differences > 15);
}

TEST_CASE("after a success the pauses start small again", "[common]") {
  Backoff backoff(100ms, 2s, 1);
  for (int i = 0; i < 10; ++i) backoff.Next();
  backoff.Reset();
  CHECK(backoff.Next() <= 100ms);
  CHECK(backoff.Next() <= 200ms);
}

TEST_CASE("no number of attempts and no bound makes a pause overflow", "[common]") {
  Backoff long_ones(1h, Duration::max(), 3);
  for (int i = 0; i < 200; ++i) CHECK(long_ones.Next() >= 30min);
  Backoff bounded(1h, 1min, 3);
  for (int i = 0; i < 200; ++i) {
    const Duration pause = bounded.Next();
    CHECK(pause >= 30s);
    CHECK(pause <= 1min);
  }
}
