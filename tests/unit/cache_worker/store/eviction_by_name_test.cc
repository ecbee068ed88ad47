// What every policy promises, as it is set up for the worker.
#include "cache_worker/store/eviction_by_name.h"

#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <random>
#include <set>
#include <string>

#include "tests/unit/cache_worker/support/simulated_cache.h"

using namespace locus::worker;

namespace {

SimulatedCache CacheOf(std::string_view name, uint64_t blocks) { return {EvictionByName(name)(), blocks}; }

[[maybe_unused]] size_t HeapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

TEST_CASE("each policy names a block it has as long as it has one that is not spared", "[store]") {
  for (const std::string_view name : kEvictionNames) {
    for (const uint64_t seed : {uint64_t{1}, uint64_t{2}, uint64_t{std::random_device{}()}}) {
      INFO(name << " seed " << seed);
      std::mt19937_64 random(seed);
      const auto policy = EvictionByName(name)();
      std::set<uint32_t> known;
      std::set<uint32_t> spared;
      const auto spares = [&](const BlockKey& key) { return spared.count(key.index) != 0; };
      for (int step = 0; step < 5000; ++step) {
        INFO("step " << step);
        const auto index = static_cast<uint32_t>(random() % 300);
        policy->Asked({1, index});
        if (known.insert(index).second) policy->Added({1, index});
        if (random() % 3 == 0) {
          const uint32_t away = *std::next(known.begin(), static_cast<int>(random() % known.size()));
          policy->Removed({1, away});
          known.erase(away);
        }
        if (random() % 2 == 0) {
          spared.insert(index);
        } else {
          spared.erase(index);
        }
        const std::optional<BlockKey> victim = policy->Victim(spares);
        const bool any = !std::includes(spared.begin(), spared.end(), known.begin(), known.end());
        REQUIRE(victim.has_value() == any);
        if (victim) REQUIRE((known.count(victim->index) == 1 && spared.count(victim->index) == 0));
      }
      // Emptied one by one, each goes once.
      while (!known.empty()) {
        const std::optional<BlockKey> victim = policy->Victim(NoneSpared);
        REQUIRE((victim && known.erase(victim->index) == 1));
        policy->Removed(*victim);
      }
      CHECK_FALSE(policy->Victim(NoneSpared));
    }
  }
}

TEST_CASE("what fits is all hit from the second time on", "[store]") {
  for (const std::string_view name : kEvictionNames) {
    INFO(name);
    SimulatedCache cache = CacheOf(name, 100);
    int hits = 0;
    for (int pass = 0; pass < 5; ++pass) {
      for (uint32_t i = 0; i < 100; ++i) hits += cache.Read({1, i}, 1) ? 1 : 0;
    }
    CHECK(hits == 400);
  }
}

TEST_CASE("a scan does not flush what is used again and again", "[store]") {
  for (const std::string_view name : {"sieve", "tinylfu"}) {
    INFO(name);
    SimulatedCache cache = CacheOf(name, 1000);
    // 700 blocks that are used, and in between a scan in which each block is read in eight pieces.
    for (int pass = 0; pass < 3; ++pass) {
      for (uint32_t i = 0; i < 700; ++i) cache.Read({1, i}, 1);
    }
    int hits = 0;
    for (uint32_t i = 0; i < 7000; ++i) {
      for (int piece = 0; piece < 8; ++piece) cache.Read({2, i}, 1);
      hits += cache.Read({1, i % 700}, 1) ? 1 : 0;
    }
    CHECK(hits >= 6900);
  }
}

TEST_CASE("a table larger than the cache that is read again gets hits with tinylfu", "[store]") {
  for (const double size : {1.2, 2.0, 4.0}) {
    INFO(size << " times the cache");
    SimulatedCache cache = CacheOf("tinylfu", 1000);
    const auto blocks = static_cast<uint32_t>(size * 1000);
    int hits = 0;
    for (int pass = 0; pass < 10; ++pass) {
      for (uint32_t i = 0; i < blocks; ++i) hits += cache.Read({1, i}, 1) && pass >= 2 ? 1 : 0;
    }
    // The best possible is a cacheful a pass; eight passes were counted.
    CHECK(hits >= 8 * 650);
  }
}

TEST_CASE("an unknown name gets the plainest policy", "[store]") {
  const auto policy = EvictionByName("belady")();
  for (uint32_t i = 0; i < 2; ++i) policy->Added({1, i});
  policy->Asked({1, 0});
  policy->Asked({1, 1});
  policy->Asked({1, 0});
  CHECK(policy->Victim(NoneSpared) == BlockKey{1, 1});
}

TEST_CASE("a block costs each policy the memory that its header states", "[store]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  SUCCEED("the sanitizer's own heap has no such figures");
#else
  constexpr uint32_t kBlocks = 200'000;
  const std::pair<std::string_view, double> stated[] = {
      {"lru", 110}, {"sieve", 110}, {"tinylfu", 110 + 16 * 262'144.0 / kBlocks}};
  for (const auto& [name, bytes] : stated) {
    const size_t before = HeapInUse();
    const auto policy = EvictionByName(name)();
    for (uint32_t i = 0; i < kBlocks; ++i) {
      policy->Asked({1, i});
      policy->Added({1, i});
    }
    const double measured = static_cast<double>(HeapInUse() - before) / kBlocks;
    std::printf("bytes a block: %s %.1f\n", std::string(name).c_str(), measured);
    CHECK(measured <= bytes * 1.1);
    CHECK(measured >= bytes * 0.7);
  }
#endif
}
