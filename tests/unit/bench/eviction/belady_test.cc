#include "tests/bench/eviction/belady.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace locus::bench;

namespace {

// The most hits by trying everything: after each read the block may be kept, in the place of any other, or not.
int MostHits(const std::vector<uint32_t>& reads, size_t at, const std::set<uint32_t>& cached, size_t room) {
  if (at == reads.size()) return 0;
  if (cached.count(reads[at]) != 0) return 1 + MostHits(reads, at + 1, cached, room);
  int most = MostHits(reads, at + 1, cached, room);
  std::set<uint32_t> with = cached;
  with.insert(reads[at]);
  if (with.size() <= room) return std::max(most, MostHits(reads, at + 1, with, room));
  for (const uint32_t away : cached) {
    with.erase(away);
    most = std::max(most, MostHits(reads, at + 1, with, room));
    with.insert(away);
  }
  return most;
}

std::vector<Request> Alike(const std::vector<uint32_t>& reads) {
  std::vector<Request> requests;
  for (const uint32_t index : reads) requests.push_back({{1, index}, 10});
  return requests;
}

}  // namespace

TEST_CASE("the best possible is what trying everything finds", "[bench]") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    std::vector<uint32_t> reads(10);
    for (uint32_t& read : reads) read = static_cast<uint32_t>(random() % 5);
    for (const size_t room : {1, 2, 3}) {
      const HitRates best = BestPossible(Alike(reads), room * 10);
      CHECK(best.requests * 10 == Approx(MostHits(reads, 0, {}, room)));
      CHECK(best.bytes == Approx(best.requests));
    }
  }
}

TEST_CASE("a cycle of n blocks through a cache of c gets c of n at best, after its first round", "[bench]") {
  std::vector<uint32_t> reads;
  for (int pass = 0; pass < 11; ++pass) {
    for (uint32_t i = 0; i < 100; ++i) reads.push_back(i);
  }
  // With bypassing, c blocks stay for good.
  CHECK(BestPossible(Alike(reads), 250).requests * 1100 == Approx(250));
}

TEST_CASE("where blocks differ, the bound counts the bytes of parts of them", "[bench]") {
  // Blocks of 10 and 6 bytes by turns through 12 bytes: over each gap between two reads at most 12 bytes are kept for
  // later, over the first and the last one only 10 are of use, and each byte that is hit was kept over two gaps.
  std::vector<Request> requests;
  for (int i = 0; i < 11; ++i) requests.push_back({{1, static_cast<uint32_t>(i % 2)}, i % 2 == 0 ? 10u : 6u});
  CHECK(BestPossible(requests, 12).bytes * (6 * 10 + 5 * 6) == Approx((10 + 8 * 12 + 10) / 2));
}
