#include "cache_worker/store/sieve.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/cache_worker/store/policy_twins.h"

using namespace locus::worker;

namespace {

// Algorithm 1 of the paper over a plain array, oldest first: the hand is a position, and goes from old to new.
class SieveModel final : public EvictionPolicy {
 public:
  void Added(const BlockKey& key) override { queue_.push_back(key.index); }
  void Asked(const BlockKey& key) override {
    if (std::find(queue_.begin(), queue_.end(), key.index) != queue_.end()) visited_.insert(key.index);
  }
  void Removed(const BlockKey& key) override {
    const auto found = std::find(queue_.begin(), queue_.end(), key.index);
    // What comes after moves one place towards the old end: so does the hand, which stays where it is when it points
    // at the entry itself.
    if (static_cast<size_t>(found - queue_.begin()) < hand_) --hand_;
    queue_.erase(found);
    Wrap();
    visited_.erase(key.index);
  }
  std::optional<BlockKey> Victim(Spared spared) override {
    for (size_t tries = 0; tries < 2 * queue_.size(); ++tries) {
      const uint32_t index = queue_[hand_];
      if (!spared({1, index}) && visited_.erase(index) == 0) return BlockKey{1, index};
      ++hand_;
      Wrap();
    }
    return std::nullopt;
  }

 private:
  void Wrap() {
    if (hand_ >= queue_.size()) hand_ = 0;
  }

  std::vector<uint32_t> queue_;
  std::set<uint32_t> visited_;
  size_t hand_ = 0;
};

// Evicts until there is room for one more block beside `room` - 1, then adds it. What went.
std::vector<uint32_t> Fetch(SievePolicy& sieve, uint32_t index, size_t& blocks, size_t room) {
  std::vector<uint32_t> gone;
  for (; blocks >= room; --blocks) {
    gone.push_back(sieve.Victim(NoneSpared).value().index);
    sieve.Removed({1, gone.back()});
  }
  sieve.Added({1, index});
  ++blocks;
  return gone;
}

}  // namespace

TEST_CASE("the hand spares what was used and takes the next", "[store]") {
  // A cache of seven: A to G from old to new, of which A, B and G were used.
  SievePolicy sieve;
  size_t blocks = 0;
  for (uint32_t i = 'A'; i <= 'G'; ++i) Fetch(sieve, i, blocks, 7);
  for (const uint32_t used : {'A', 'B', 'G'}) sieve.Asked({1, used});
  // The hand takes the marks of A and B, and C goes.
  CHECK(Fetch(sieve, 'H', blocks, 7) == std::vector<uint32_t>{'C'});
  sieve.Asked({1, 'A'});
  // It goes on from where it was: D, then E.
  CHECK(Fetch(sieve, 'I', blocks, 7) == std::vector<uint32_t>{'D'});
  CHECK(Fetch(sieve, 'J', blocks, 7) == std::vector<uint32_t>{'E'});
}

TEST_CASE("a used block outlives newer ones, as the hand goes on with these", "[store]") {
  SievePolicy sieve;
  size_t blocks = 0;
  for (uint32_t i = 0; i < 3; ++i) Fetch(sieve, i, blocks, 3);
  sieve.Asked({1, 0});
  CHECK(Fetch(sieve, 3, blocks, 3) == std::vector<uint32_t>{1});
  CHECK(Fetch(sieve, 4, blocks, 3) == std::vector<uint32_t>{2});
  CHECK(Fetch(sieve, 5, blocks, 3) == std::vector<uint32_t>{3});
  CHECK(Fetch(sieve, 6, blocks, 3) == std::vector<uint32_t>{4});
  CHECK(Fetch(sieve, 7, blocks, 3) == std::vector<uint32_t>{5});
}

TEST_CASE("what is used once goes before what is used twice", "[store]") {
  SievePolicy sieve;
  size_t blocks = 0;
  for (uint32_t i = 0; i < 100; ++i) Fetch(sieve, i, blocks, 100);
  for (uint32_t i = 0; i < 50; ++i) sieve.Asked({1, i});
  for (uint32_t i = 100; i < 150; ++i) {
    for (const uint32_t gone : Fetch(sieve, i, blocks, 100)) CHECK((gone >= 50 && gone < 100));
  }
}

TEST_CASE("SIEVE evicts as the paper's algorithm does", "[store]") { CompareWithModel<SievePolicy, SieveModel>(); }
