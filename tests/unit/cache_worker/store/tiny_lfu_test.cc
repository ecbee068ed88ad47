#include "cache_worker/store/tiny_lfu.h"

#include <catch2/catch.hpp>

#include "tests/unit/cache_worker/store/policy_twins.h"

using namespace locus::worker;

namespace {

// The rules of tiny_lfu.h over plain arrays, last used first. Counts are those of FrequencySketch, which has a test of
// its own.
class TinyLfuModel final : public EvictionPolicy {
 public:
  void Added(const BlockKey& key) override {
    window_.insert(window_.begin(), key);
    counts_.Grow(Blocks());
    if (Count(key) == 0) counts_.Add(BlockKeyHash()(key));
  }
  void Asked(const BlockKey& key) override {
    counts_.Add(BlockKeyHash()(key));
    for (Segment* segment : {&window_, &probation_, &protected_}) {
      if (!Take(*segment, key)) continue;
      Segment& to = segment == &probation_ ? protected_ : *segment;
      to.insert(to.begin(), key);
      return Demote();
    }
  }
  void Removed(const BlockKey& key) override {
    for (Segment* segment : {&window_, &probation_, &protected_}) Take(*segment, key);
  }
  std::optional<BlockKey> Victim(Spared spared) override {
    const size_t window = std::max<size_t>(1, Blocks() / 100);
    const size_t visits = std::clamp<size_t>(Blocks() / 4, 1, 64);
    const size_t free = Blocks() > window + visits ? (Blocks() - window - visits) * 95 / 100 : 0;
    while (window_.size() > window && probation_.size() + protected_.size() < free) {
      ToProbation(window_.back());
    }
    for (const size_t looks : {size_t{16}, SIZE_MAX}) {
      auto incumbent = Last(probation_, spared, looks);
      if (!incumbent) incumbent = Last(protected_, spared, looks);
      auto newcomer = Last(window_, spared, looks);
      if (!incumbent && newcomer) return newcomer;
      if (!incumbent) continue;
      while (newcomer && window_.size() >= window) {
        if (Count(*newcomer) <= Count(*incumbent)) return newcomer;
        ToProbation(*newcomer);
        if (!Take(probation_, *incumbent)) Take(protected_, *incumbent);
        probation_.push_back(*incumbent);
        newcomer = Last(window_, spared, looks);
      }
      return incumbent;
    }
    return std::nullopt;
  }

 private:
  using Segment = std::vector<BlockKey>;

  size_t Blocks() const { return window_.size() + probation_.size() + protected_.size(); }
  uint32_t Count(const BlockKey& key) const { return counts_.Estimate(BlockKeyHash()(key)); }
  static bool Take(Segment& segment, const BlockKey& key) {
    const auto found = std::find(segment.begin(), segment.end(), key);
    if (found == segment.end()) return false;
    segment.erase(found);
    return true;
  }
  static std::optional<BlockKey> Last(const Segment& segment, Spared spared, size_t looks) {
    for (size_t i = segment.size(); i > 0 && looks > 0; --i, --looks) {
      if (!spared(segment[i - 1])) return segment[i - 1];
    }
    return std::nullopt;
  }
  void ToProbation(const BlockKey key) {
    Take(window_, key);
    probation_.insert(probation_.begin(), key);
    Demote();
  }
  void Demote() {
    while (protected_.size() > (probation_.size() + protected_.size()) * 4 / 5) {
      probation_.insert(probation_.begin(), protected_.back());
      protected_.pop_back();
    }
  }

  FrequencySketch counts_{0};
  Segment window_, probation_, protected_;
};

// A cache of `room` blocks over the policy.
class Cache {
 public:
  explicit Cache(size_t room) : room_(room) {}

  bool Read(uint32_t index) {
    const BlockKey key{1, index};
    policy.Asked(key);
    if (std::find(cached.begin(), cached.end(), index) != cached.end()) return true;
    if (cached.size() == room_) Evict();
    policy.Added(key);
    cached.push_back(index);
    return false;
  }
  void Evict() {
    const BlockKey victim = policy.Victim(NoneSpared).value();
    policy.Removed(victim);
    cached.erase(std::find(cached.begin(), cached.end(), victim.index));
  }
  int CountBelow(uint32_t limit) const {
    return static_cast<int>(std::count_if(cached.begin(), cached.end(), [&](uint32_t i) { return i < limit; }));
  }

  TinyLfuPolicy policy;
  std::vector<uint32_t> cached;

 private:
  const size_t room_;
};

}  // namespace

TEST_CASE("W-TinyLFU evicts as its rules over arrays do", "[store]") {
  CompareWithModel<TinyLfuPolicy, TinyLfuModel>();
}

TEST_CASE("a scan passes through the window and leaves the rest alone", "[store]") {
  Cache cache(200);
  for (int pass = 0; pass < 3; ++pass) {
    for (uint32_t i = 0; i < 130; ++i) cache.Read(i);
  }
  for (uint32_t i = 1000; i < 1700; ++i) cache.Read(i);
  CHECK(cache.CountBelow(130) == 130);
}

TEST_CASE("room that is made beforehand is no ticket into the main part", "[store]") {
  Cache cache(200);
  for (int pass = 0; pass < 3; ++pass) {
    for (uint32_t i = 0; i < 130; ++i) cache.Read(i);
  }
  for (uint32_t i = 1000; i < 1700; ++i) {
    if (cache.cached.size() == 200) {
      for (int n = 0; n < 10; ++n) cache.Evict();
    }
    cache.Read(i);
  }
  CHECK(cache.CountBelow(130) == 130);
}

TEST_CASE("a cycle longer than the cache gets hits on most of what is cached", "[store]") {
  Cache cache(200);
  int hits = 0;
  for (int pass = 0; pass < 12; ++pass) {
    for (uint32_t i = 0; i < 400; ++i) hits += cache.Read(i) && pass >= 2 ? 1 : 0;
  }
  // The best possible is 200 of each 400.
  CHECK(hits >= 10 * 150);
}

TEST_CASE("what becomes popular takes the place of what was", "[store]") {
  Cache cache(200);
  for (int pass = 0; pass < 8; ++pass) {
    for (uint32_t i = 0; i < 200; ++i) cache.Read(i);
  }
  for (int pass = 0; pass < 40; ++pass) {
    for (uint32_t i = 1000; i < 1150; ++i) cache.Read(i);
  }
  int hits = 0;
  for (uint32_t i = 1000; i < 1150; ++i) hits += cache.Read(i) ? 1 : 0;
  CHECK(hits >= 140);
}

TEST_CASE("a block from elsewhere is let in when it was asked for more often", "[store]") {
  TinyLfuPolicy policy;
  policy.Added({1, 0});
  policy.Asked({1, 0});
  policy.Asked({2, 0});
  CHECK_FALSE(policy.Admits({2, 0}, {1, 0}));
  policy.Asked({2, 0});
  CHECK_FALSE(policy.Admits({2, 0}, {1, 0}));
  policy.Asked({2, 0});
  CHECK(policy.Admits({2, 0}, {1, 0}));
}
