#include "cache_worker/store/one_use_a_visit.h"

#include <catch2/catch.hpp>
#include <string>

using namespace locus::worker;

namespace {

// Writes down what it is told.
class Diary final : public EvictionPolicy {
 public:
  explicit Diary(std::string& text) : text_(text) {}
  void Added(const BlockKey& key) override { text_ += " +" + std::to_string(key.index); }
  void Asked(const BlockKey& key) override { text_ += " " + std::to_string(key.index); }
  void Removed(const BlockKey& key) override { text_ += " -" + std::to_string(key.index); }
  // The blocks of file 2 in order.
  std::optional<BlockKey> Victim(Spared spared) override {
    for (uint32_t i = 0; i < 16; ++i) {
      if (!spared({2, i})) return BlockKey{2, i};
    }
    return std::nullopt;
  }
  bool Admits(const BlockKey& candidate, const BlockKey&) const override { return candidate.index == 5; }

 private:
  std::string& text_;
};

struct Told {
  std::string text;
  OneUseAVisit policy{std::make_unique<Diary>(text)};

  void Fill(uint32_t blocks) {
    for (uint32_t i = 0; i < blocks; ++i) policy.Added({2, i});
    text.clear();
  }
};

}  // namespace

TEST_CASE("a block that is read piece by piece is asked for once", "[store]") {
  Told told;
  for (int i = 0; i < 5; ++i) told.policy.Asked({1, 3});
  told.policy.Added({1, 3});
  for (int i = 0; i < 5; ++i) told.policy.Asked({1, 3});
  CHECK(told.text == " 3 +3");
}

TEST_CASE("readers side by side each are one visit", "[store]") {
  Told told;
  told.Fill(32);
  // Eight of 32 blocks may be visited at once.
  for (int i = 0; i < 10; ++i) {
    for (uint32_t block = 0; block < 8; ++block) told.policy.Asked({1, block});
  }
  CHECK(told.text == " 0 1 2 3 4 5 6 7");
}

TEST_CASE("a visit is over when as many others came as there may be at once", "[store]") {
  Told told;
  told.Fill(16);
  for (const uint32_t block : {0, 1, 2, 3, 0, 4, 0, 1, 2, 3}) told.policy.Asked({1, block});
  // 4 ended the visit of 0, 0 that of 1, and so on.
  CHECK(told.text == " 0 1 2 3 4 0 1 2 3");
}

TEST_CASE("in a small folder only the block asked for last is being visited", "[store]") {
  Told told;
  told.Fill(3);
  for (const uint32_t block : {0, 0, 1, 1, 0, 1}) told.policy.Asked({1, block});
  CHECK(told.text == " 0 1 0 1");
}

TEST_CASE("however large the folder, visits are bounded", "[store]") {
  Told told;
  told.Fill(100'000);
  for (uint32_t block = 0; block <= kMaxVisits; ++block) told.policy.Asked({1, block});
  told.text.clear();
  told.policy.Asked({1, 1});
  CHECK(told.text.empty());
  told.policy.Asked({1, 0});
  CHECK(told.text == " 0");
}

TEST_CASE("a block that is being visited goes only when nothing else may", "[store]") {
  Told told;
  told.Fill(16);
  CHECK(told.policy.Victim(NoneSpared) == BlockKey{2, 0});
  told.policy.Asked({2, 0});
  told.policy.Asked({2, 1});
  CHECK(told.policy.Victim(NoneSpared) == BlockKey{2, 2});
  const auto all_but_the_visited = [](const BlockKey& key) { return key.index > 1; };
  CHECK(told.policy.Victim(all_but_the_visited) == BlockKey{2, 0});
  CHECK_FALSE(told.policy.Victim([](const BlockKey&) { return true; }));
}

TEST_CASE("removals and questions reach the policy as they are", "[store]") {
  Told told;
  told.policy.Added({1, 1});
  told.policy.Removed({1, 1});
  CHECK(told.text == " +1 -1");
  CHECK(told.policy.Admits({1, 5}, {1, 1}));
  CHECK_FALSE(told.policy.Admits({1, 6}, {1, 1}));
}
