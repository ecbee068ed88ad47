#include "cache_worker/agent/tier_view.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>

using namespace locus::worker;

namespace {

using Kind = FileEvent::Kind;

// "+5 MEM", in the order told.
std::vector<std::string> Told(TierView& view) {
  std::vector<std::string> told;
  view.Flush([&](const TierChange& c) {
    told.push_back((c.added ? "+" : "-") + std::to_string(c.block) + " " + std::string(TierName(c.tier)));
  });
  return told;
}

std::set<std::string> All(const TierView& view) {
  std::set<std::string> all;
  view.ForEach([&](uint64_t block, Tier tier) {
    CHECK(all.insert(std::to_string(block) + " " + std::string(TierName(tier))).second);
  });
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("blocks of a listing, and those that come and go", "[agent]") {
  TierView view({Tier::kMem, Tier::kSsd}, 100);
  view.Listed(0, {{1, 10}});
  CHECK(Told(view) == Texts{"+1 MEM"});
  view.Apply({Kind::kArrived, 1, 2, 20});
  CHECK(Told(view) == Texts{"+2 SSD"});
  CHECK(view.bytes(0) == 10);
  CHECK(view.bytes(1) == 20);
  CHECK(view.blocks(Tier::kSsd) == 1);
  view.Apply({Kind::kGone, 0, 1});
  CHECK(Told(view) == Texts{"-1 MEM"});
  CHECK(view.bytes(0) == 0);
  CHECK(view.blocks(Tier::kMem) == 0);
  CHECK(All(view) == std::set<std::string>{"2 SSD"});
  view.Apply({Kind::kGone, 0, 1});
  CHECK(Told(view).empty());
}

TEST_CASE("a move is an addition and then a removal, however it was seen", "[agent]") {
  TierView view({Tier::kMem, Tier::kSsd}, 100);
  view.Listed(0, {{1, 10}});
  Told(view);
  // A rename within a file system: out of the old folder first.
  view.Apply({Kind::kGone, 0, 1});
  view.Apply({Kind::kArrived, 1, 1, 10});
  CHECK(Told(view) == Texts{"+1 SSD", "-1 MEM"});
  // A copy to another file system.
  view.Apply({Kind::kBegun, 0, 1});
  CHECK(Told(view).empty());
  view.Apply({Kind::kArrived, 0, 1, 10});
  CHECK(Told(view) == Texts{"+1 MEM"});
  view.Apply({Kind::kGone, 1, 1});
  CHECK(Told(view) == Texts{"-1 SSD"});
}

TEST_CASE("a move between two folders of one tier is no news", "[agent]") {
  TierView view({Tier::kSsd, Tier::kSsd}, 100);
  view.Listed(0, {{1, 10}});
  CHECK(Told(view) == Texts{"+1 SSD"});
  view.Apply({Kind::kArrived, 1, 1, 10});
  CHECK(Told(view).empty());
  CHECK(All(view) == std::set<std::string>{"1 SSD"});
  view.Apply({Kind::kGone, 0, 1});
  CHECK(Told(view).empty());
  view.Apply({Kind::kGone, 1, 1});
  CHECK(Told(view) == Texts{"-1 SSD"});
}

TEST_CASE("a file that is being written does not count, listed or not", "[agent]") {
  TierView view({Tier::kSsd}, 100);
  view.Apply({Kind::kBegun, 0, 1});
  CHECK(Told(view).empty());
  view.Listed(0, {{1, 3}, {2, 10}});
  CHECK(Told(view) == Texts{"+2 SSD"});
  view.Apply({Kind::kArrived, 0, 1, 10});
  CHECK(Told(view) == Texts{"+1 SSD"});
  CHECK(view.bytes(0) == 20);
}

TEST_CASE("a listing that met a file before the event of its beginning takes it back unseen", "[agent]") {
  TierView view({Tier::kSsd}, 100);
  view.Listed(0, {{1, 3}});
  view.Apply({Kind::kBegun, 0, 1});
  CHECK(Told(view).empty());
  CHECK(view.bytes(0) == 0);
}

TEST_CASE("a file whose end was missed counts from the second listing that finds it as large", "[agent]") {
  TierView view({Tier::kSsd}, 100);
  for (const uint64_t block : {1, 2, 3}) view.Apply({Kind::kBegun, 0, block});
  view.Listed(0, {{1, 10}, {2, 10}, {2, 10}, {3, 10}});
  CHECK(Told(view).empty());
  view.Listed(0, {{1, 10}, {2, 11}});
  CHECK(Told(view) == Texts{"+1 SSD"});
  view.Listed(0, {{1, 10}, {2, 11}});
  CHECK(Told(view) == Texts{"+2 SSD"});
  // One that a listing does not find any more is forgotten.
  view.Listed(0, {{1, 10}, {2, 11}, {3, 10}});
  CHECK(Told(view) == Texts{"+3 SSD"});
}

TEST_CASE("in another folder nothing is being written yet", "[agent]") {
  TierView view({Tier::kSsd}, 100);
  view.Apply({Kind::kBegun, 0, 1});
  view.ForgetUnfinished(0);
  view.Listed(0, {{1, 10}});
  CHECK(Told(view) == Texts{"+1 SSD"});
}

TEST_CASE("a listing tells what it found otherwise", "[agent]") {
  TierView view({Tier::kMem}, 100);
  CHECK(view.Listed(0, {{1, 10}, {2, 10}}) == std::vector<uint64_t>{1, 2});
  Told(view);
  CHECK(view.Listed(0, {{1, 11}, {2, 10}}).empty());
  CHECK(view.bytes(0) == 21);
  CHECK(Told(view).empty());
  auto otherwise = view.Listed(0, {{2, 10}, {3, 10}});
  std::sort(otherwise.begin(), otherwise.end());
  CHECK(otherwise == std::vector<uint64_t>{1, 3});
}

TEST_CASE("what came and went between two looks is no news", "[agent]") {
  TierView view({Tier::kMem}, 100);
  view.Apply({Kind::kArrived, 0, 1, 10});
  view.Apply({Kind::kGone, 0, 1});
  CHECK(Told(view).empty());
  view.Listed(0, {{2, 10}});
  Told(view);
  view.Apply({Kind::kGone, 0, 2});
  view.Apply({Kind::kArrived, 0, 2, 12});
  CHECK(Told(view).empty());
  CHECK(view.bytes(0) == 12);
}

TEST_CASE("the last file within the bound counts, the next is left out and counted", "[agent]") {
  TierView view({Tier::kMem, Tier::kSsd}, 3);
  view.Listed(0, {{1, 1}, {2, 1}});
  view.Apply({Kind::kArrived, 1, 3, 1});
  CHECK(view.over_limit() == 0);
  view.Apply({Kind::kArrived, 1, 4, 1});
  CHECK(view.over_limit() == 1);
  CHECK(All(view) == std::set<std::string>{"1 MEM", "2 MEM", "3 SSD"});
  // A listing does not exchange a known block for a new one.
  Told(view);
  view.Listed(0, {{9, 1}, {2, 1}, {1, 1}});
  CHECK(Told(view).empty());
  CHECK(view.over_limit() == 2);
  view.Apply({Kind::kGone, 0, 1});
  view.Listed(0, {{9, 1}, {2, 1}});
  CHECK(Told(view).size() == 2);
  CHECK(All(view) == std::set<std::string>{"9 MEM", "2 MEM", "3 SSD"});
}

TEST_CASE("any history of events and listings leaves the view like the folders", "[agent]") {
  const std::vector<Tier> tiers = {Tier::kMem, Tier::kSsd, Tier::kSsd, Tier::kHdd};
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const auto pick = [&](uint64_t n) { return random() % n; };
    TierView view(tiers, 1000);
    // The folders as they are: block to bytes, and to whether it is whole. And the picture that was told.
    std::vector<std::map<uint64_t, uint64_t>> whole(tiers.size());
    std::vector<std::set<uint64_t>> partial(tiers.size());
    std::set<std::string> picture;
    for (int step = 0; step < 200; ++step) {
      const size_t folder = pick(tiers.size());
      const uint64_t block = 1 + pick(6), bytes = 1 + pick(100);
      switch (pick(5)) {
        case 0:
          if (whole[folder].count(block) + partial[folder].count(block) != 0) break;
          partial[folder].insert(block);
          view.Apply({Kind::kBegun, folder, block});
          break;
        case 1:
          partial[folder].erase(block);
          whole[folder][block] = bytes;
          view.Apply({Kind::kArrived, folder, block, bytes});
          break;
        case 2:
        case 3:
          partial[folder].erase(block);
          whole[folder].erase(block);
          view.Apply({Kind::kGone, folder, block});
          break;
        default: {
          // Only whole files: how long a partial one stays out of listings has tests of its own.
          if (!partial[folder].empty()) break;
          std::vector<ListedBlock> files;
          for (const auto& [b, n] : whole[folder]) files.push_back({b, n});
          std::shuffle(files.begin(), files.end(), random);
          CHECK(view.Listed(folder, files).empty());
        }
      }
      if (pick(3) != 0) continue;
      std::set<uint64_t> removed;
      view.Flush([&](const TierChange& c) {
        const std::string name = std::to_string(c.block) + " " + std::string(TierName(c.tier));
        // No addition of a block after a removal of it.
        if (c.added) CHECK(removed.count(c.block) == 0);
        if (!c.added) removed.insert(c.block);
        CHECK((c.added ? picture.insert(name).second : picture.erase(name) == 1));
      });
      std::set<std::string> expected;
      for (size_t i = 0; i < tiers.size(); ++i) {
        uint64_t sum = 0;
        for (const auto& [b, n] : whole[i]) {
          expected.insert(std::to_string(b) + " " + std::string(TierName(tiers[i])));
          sum += n;
        }
        CHECK(view.bytes(i) == sum);
      }
      REQUIRE(picture == expected);
      REQUIRE(All(view) == expected);
    }
  }
}
