#include "cache_worker/store/lru.h"

#include <catch2/catch.hpp>

using namespace locus::worker;

TEST_CASE("the block used longest ago goes first", "[store]") {
  LruPolicy lru;
  CHECK_FALSE(lru.Victim());
  for (uint32_t i = 0; i < 3; ++i) lru.Added({1, i});
  CHECK(lru.Victim() == BlockKey{1, 0});
  lru.Used({1, 0});
  CHECK(lru.Victim() == BlockKey{1, 1});
  lru.Removed({1, 1});
  CHECK(lru.Victim() == BlockKey{1, 2});
  lru.Removed({1, 2});
  lru.Removed({1, 0});
  CHECK_FALSE(lru.Victim());
}

TEST_CASE("a block that is not known is no use and no loss", "[store]") {
  LruPolicy lru;
  lru.Added({1, 0});
  lru.Used({2, 0});
  lru.Removed({2, 0});
  CHECK(lru.Victim() == BlockKey{1, 0});
}
