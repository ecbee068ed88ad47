#include "cache_worker/store/tier_rules.h"

#include <catch2/catch.hpp>

using namespace locus::worker;

namespace {

constexpr TierRules kRules{2, true, 0.9, 0.8};

// Quota 100.
FolderView Folder(Tier tier, uint64_t taken, std::optional<uint64_t> coldest) {
  FolderView view;
  view.tier = tier;
  view.quota_bytes = 100;
  view.taken_bytes = taken;
  view.live_bytes = taken;
  view.coldest = coldest;
  return view;
}

}  // namespace

TEST_CASE("room is made from above the high watermark down to the low one", "[store]") {
  CHECK(SurplusBytes(kRules, Folder(Tier::kMem, 0, {})) == 0);
  CHECK(SurplusBytes(kRules, Folder(Tier::kMem, 85, {})) == 0);
  CHECK(SurplusBytes(kRules, Folder(Tier::kMem, 90, {})) == 0);
  CHECK(SurplusBytes(kRules, Folder(Tier::kMem, 91, {})) == 11);
  CHECK(SurplusBytes(kRules, Folder(Tier::kMem, 100, {})) == 20);
  // Watermarks of 1: never beforehand.
  CHECK(SurplusBytes({2, true, 1, 1}, Folder(Tier::kMem, 100, {})) == 0);
}

TEST_CASE("a move fills a folder to the low watermark and no further", "[store]") {
  CHECK(MissingForMove(kRules, Folder(Tier::kMem, 70, {}), 10) == 0);
  CHECK(MissingForMove(kRules, Folder(Tier::kMem, 71, {}), 10) == 1);
  CHECK(MissingForMove(kRules, Folder(Tier::kMem, 95, {}), 10) == 25);
  CHECK(MissingForMove({2, true, 1, 1}, Folder(Tier::kMem, 90, {}), 10) == 0);
}

TEST_CASE("a hot block moves to the fastest folder with room, or with something not read meanwhile", "[store]") {
  std::vector<FolderView> folders = {Folder(Tier::kMem, 80, 50), Folder(Tier::kSsd, 0, {}), Folder(Tier::kHdd, 50, 1)};
  SECTION("room") {
    folders[0].taken_bytes = 70;
    CHECK(PromotionTarget(kRules, folders, 2, 10, 40) == 0);
  }
  SECTION("what lies there was last read before the block's reads began") {
    CHECK(PromotionTarget(kRules, folders, 2, 10, 51) == 0);
  }
  SECTION("what lies there is read too: the next tier") { CHECK(PromotionTarget(kRules, folders, 2, 10, 50) == 1); }
  SECTION("no tier is faster, or none takes it") {
    CHECK(PromotionTarget(kRules, folders, 0, 10, 99) == std::nullopt);
    CHECK(PromotionTarget(kRules, folders, 1, 10, 50) == std::nullopt);
  }
  SECTION("nothing that could go, a folder that fails, a block that never fits") {
    folders[0].coldest.reset();
    CHECK(PromotionTarget(kRules, folders, 1, 10, 99) == std::nullopt);
    folders[0] = Folder(Tier::kMem, 0, {});
    folders[0].usable = false;
    CHECK(PromotionTarget(kRules, folders, 1, 10, 99) == std::nullopt);
    folders[0].usable = true;
    CHECK(PromotionTarget(kRules, folders, 1, 81, 99) == std::nullopt);
  }
  SECTION("never, with promote_after 0") {
    folders[0].taken_bytes = 0;
    CHECK(PromotionTarget({0, true, 1, 1}, folders, 2, 10, 99) == std::nullopt);
  }
}

TEST_CASE("of two folders of a tier the one with room is taken", "[store]") {
  const std::vector<FolderView> folders = {Folder(Tier::kMem, 80, 1), Folder(Tier::kMem, 10, 2),
                                           Folder(Tier::kSsd, 50, 3), Folder(Tier::kSsd, 50, 4)};
  CHECK(PromotionTarget(kRules, folders, 2, 10, 99) == 1);
  CHECK(PromotionTarget(kRules, folders, 3, 10, 99) == 1);
  CHECK(DemotionTarget(kRules, folders, 0, 10, 99) == 2);
}

TEST_CASE("what a tier gives up moves down where something was used longer ago", "[store]") {
  std::vector<FolderView> folders = {Folder(Tier::kMem, 100, 50), Folder(Tier::kSsd, 80, 40),
                                     Folder(Tier::kHdd, 80, 30)};
  CHECK(DemotionTarget(kRules, folders, 0, 10, 41) == 1);
  CHECK(DemotionTarget(kRules, folders, 0, 10, 40) == 2);
  CHECK(DemotionTarget(kRules, folders, 0, 10, 30) == std::nullopt);
  CHECK(DemotionTarget(kRules, folders, 2, 10, 99) == std::nullopt);
  folders[1].live_bytes = 9;
  CHECK(DemotionTarget(kRules, folders, 0, 10, 41) == 2);
  folders[2].taken_bytes = 70;
  CHECK(DemotionTarget(kRules, folders, 0, 10, 1) == 2);
  CHECK(DemotionTarget({2, false, 1, 1}, folders, 0, 10, 99) == std::nullopt);
}
