#include "cache_worker/store/chunk_check.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "cache_worker/store/chunk_sum.h"

using namespace locus::worker;

TEST_CASE("a check says whether the sum is that of the bytes, however often it is asked", "[store]") {
  const std::string bytes(1 << 20, 'a');
  const uint64_t sum = ChunkSum(bytes);
  ChunkCheck good(nullptr, bytes, sum, 1);
  ChunkCheck bad(nullptr, bytes, sum + 1, 1);
  bad.Run();
  for (int i = 0; i < 3; ++i) {
    CHECK(good.Matches());
    CHECK_FALSE(bad.Matches());
  }
}

TEST_CASE("all who ask at once get the same answer, and nobody waits for ever", "[store]") {
  const std::string bytes(1 << 20, 'a');
  for (int i = 0; i < 200; ++i) {
    ChunkCheck check(nullptr, bytes, ChunkSum(bytes), 1);
    std::vector<std::thread> threads;
    std::atomic<int> matches{0};
    threads.emplace_back([&] { check.Run(); });
    for (int k = 0; k < 3; ++k) threads.emplace_back([&] { matches += check.Matches() ? 1 : 0; });
    for (std::thread& thread : threads) thread.join();
    REQUIRE(matches == 3);
  }
}
