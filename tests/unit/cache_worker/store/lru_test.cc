#include "cache_worker/store/lru.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/unit/cache_worker/store/policy_twins.h"

using namespace locus::worker;

namespace {

// The time of each block's last use; the oldest goes.
class LruModel final : public EvictionPolicy {
 public:
  void Added(const BlockKey& key) override { last_use_[key.index] = ++now_; }
  void Asked(const BlockKey& key) override {
    if (last_use_.count(key.index) != 0) last_use_[key.index] = ++now_;
  }
  void Removed(const BlockKey& key) override { last_use_.erase(key.index); }
  std::optional<BlockKey> Victim(Spared spared) override {
    std::optional<BlockKey> oldest;
    for (const auto& [index, use] : last_use_) {
      if (!spared({1, index}) && (!oldest || use < last_use_[oldest->index])) oldest = BlockKey{1, index};
    }
    return oldest;
  }

 private:
  std::map<uint32_t, int> last_use_;
  int now_ = 0;
};

}  // namespace

TEST_CASE("the block used longest ago goes first", "[store]") {
  LruPolicy lru;
  CHECK_FALSE(lru.Victim(NoneSpared));
  for (uint32_t i = 0; i < 3; ++i) lru.Added({1, i});
  CHECK(lru.Victim(NoneSpared) == BlockKey{1, 0});
  lru.Asked({1, 0});
  CHECK(lru.Victim(NoneSpared) == BlockKey{1, 1});
  lru.Removed({1, 1});
  CHECK(lru.Victim(NoneSpared) == BlockKey{1, 2});
  lru.Removed({1, 2});
  lru.Removed({1, 0});
  CHECK_FALSE(lru.Victim(NoneSpared));
}

TEST_CASE("a block that is not known is no use and no loss", "[store]") {
  LruPolicy lru;
  lru.Added({1, 0});
  lru.Asked({2, 0});
  lru.Removed({2, 0});
  CHECK(lru.Victim(NoneSpared) == BlockKey{1, 0});
}

TEST_CASE("LRU evicts as a table of times does", "[store]") { CompareWithModel<LruPolicy, LruModel>(); }
