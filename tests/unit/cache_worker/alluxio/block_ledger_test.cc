#include "cache_worker/alluxio/block_ledger.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

using namespace locus::worker;

namespace {

constexpr size_t kAll = 1000;

}  // namespace

TEST_CASE("a new block is told once", "[alluxio]") {
  BlockLedger ledger;
  ledger.Added({7, Tier::kMem, 100});
  CHECK(ledger.has_added());
  const LedgerNews news = ledger.Take(kAll);
  CHECK(news.added == std::vector<LedgerBlock>{{7, Tier::kMem, 100}});
  CHECK(news.moved.empty());
  CHECK(news.removed.empty());
  CHECK_FALSE(ledger.has_added());
  CHECK(ledger.Take(kAll).empty());
}

TEST_CASE("a move is told as one, and not as the end of the block", "[alluxio]") {
  BlockLedger ledger;
  ledger.Added({7, Tier::kSsd, 100});
  ledger.Take(kAll);
  ledger.Added({7, Tier::kMem, 100});
  ledger.Removed(7, Tier::kSsd);
  const LedgerNews news = ledger.Take(kAll);
  CHECK(news.moved == std::vector<LedgerBlock>{{7, Tier::kMem, 100}});
  CHECK(news.removed.empty());
  CHECK(ledger.blocks() == 1);
}

TEST_CASE("a block that moves before it was told is new, in its new tier", "[alluxio]") {
  BlockLedger ledger;
  ledger.Added({7, Tier::kSsd, 100});
  ledger.Added({7, Tier::kMem, 100});
  ledger.Removed(7, Tier::kSsd);
  const LedgerNews news = ledger.Take(kAll);
  CHECK(news.added == std::vector<LedgerBlock>{{7, Tier::kMem, 100}});
  CHECK(news.moved.empty());
}

TEST_CASE("of a block that comes and goes the last state is told", "[alluxio]") {
  BlockLedger ledger;
  ledger.Added({7, Tier::kMem, 100});
  ledger.Removed(7, Tier::kMem);
  CHECK(ledger.Take(kAll).removed == std::vector<AlluxioBlockId>{7});
  ledger.Added({7, Tier::kMem, 100});
  ledger.Take(kAll);
  ledger.Removed(7, Tier::kMem);
  ledger.Added({7, Tier::kSsd, 100});
  const LedgerNews news = ledger.Take(kAll);
  CHECK(news.added == std::vector<LedgerBlock>{{7, Tier::kSsd, 100}});
  CHECK(news.removed.empty());
}

TEST_CASE("what was not told after all is told later, unless something newer is", "[alluxio]") {
  BlockLedger ledger;
  ledger.Added({1, Tier::kMem, 10});
  ledger.Added({2, Tier::kMem, 20});
  const LedgerNews news = ledger.Take(kAll);
  ledger.Removed(2, Tier::kMem);
  ledger.PutBack(news);
  const LedgerNews again = ledger.Take(kAll);
  CHECK(again.added == std::vector<LedgerBlock>{{1, Tier::kMem, 10}});
  CHECK(again.removed == std::vector<AlluxioBlockId>{2});
}

TEST_CASE("news are given out in portions, and none is lost", "[alluxio]") {
  BlockLedger ledger;
  for (AlluxioBlockId id = 0; id < 25; ++id) ledger.Added({id, Tier::kMem, 1});
  std::set<AlluxioBlockId> told;
  for (const size_t size : {10, 10, 5}) {
    const LedgerNews news = ledger.Take(10);
    CHECK(news.added.size() == size);
    for (const LedgerBlock& block : news.added) CHECK(told.insert(block.id).second);
  }
  CHECK_FALSE(ledger.has_news());
}

TEST_CASE("a registration tells all, and leaves no news", "[alluxio]") {
  BlockLedger ledger;
  ledger.Added({1, Tier::kMem, 10});
  ledger.Take(kAll);
  ledger.Added({2, Tier::kSsd, 20});
  ledger.Removed(1, Tier::kMem);
  CHECK(ledger.StartOver() == std::vector<LedgerBlock>{{2, Tier::kSsd, 20}});
  CHECK_FALSE(ledger.has_news());
  CHECK_FALSE(ledger.has_added());
}

TEST_CASE("of blocks to be freed, those that are not here are told to be gone", "[alluxio]") {
  BlockLedger ledger;
  ledger.Added({1, Tier::kMem, 10});
  ledger.Take(kAll);
  CHECK(ledger.ToFree({1, 99}) == std::vector<AlluxioBlockId>{1});
  // The master says it until it has heard that they are gone.
  CHECK(ledger.ToFree({1, 99}) == std::vector<AlluxioBlockId>{1});
  CHECK(ledger.Take(kAll).removed == std::vector<AlluxioBlockId>{99});
  ledger.Removed(1, Tier::kMem);
  CHECK(ledger.Take(kAll).removed == std::vector<AlluxioBlockId>{1});
}

TEST_CASE("a master that applies the news knows what is here, whatever happens", "[alluxio]") {
  std::mt19937 random(20);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  for (int round = 0; round < 200; ++round) {
    BlockLedger ledger;
    std::map<AlluxioBlockId, Tier> here, master;
    for (int step = 0; step < 60; ++step) {
      const AlluxioBlockId id = pick(6);
      const Tier tier = kAllTiers[pick(3)];
      const auto held = here.find(id);
      const unsigned what = pick(10);
      if (what < 4 && held == here.end()) {
        ledger.Added({id, tier, 1});
        here[id] = tier;
      } else if (what < 4 && held->second != tier) {
        ledger.Added({id, tier, 1});
        ledger.Removed(id, held->second);
        here[id] = tier;
      } else if (what < 7 && held != here.end()) {
        ledger.Removed(id, held->second);
        here.erase(held);
      } else if (what < 9) {
        const LedgerNews news = ledger.Take(pick(4));
        // A third of the beats is lost.
        if (pick(3) == 0) {
          ledger.PutBack(news);
          continue;
        }
        for (const LedgerBlock& block : news.added) master[block.id] = block.tier;
        for (const LedgerBlock& block : news.moved) master[block.id] = block.tier;
        for (const AlluxioBlockId gone : news.removed) master.erase(gone);
      } else {
        master.clear();
        for (const LedgerBlock& block : ledger.StartOver()) master[block.id] = block.tier;
      }
    }
    const LedgerNews rest = ledger.Take(kAll);
    for (const LedgerBlock& block : rest.added) master[block.id] = block.tier;
    for (const LedgerBlock& block : rest.moved) master[block.id] = block.tier;
    for (const AlluxioBlockId gone : rest.removed) master.erase(gone);
    CHECK(master == here);
    CHECK(ledger.blocks() == here.size());
    CHECK_FALSE(ledger.has_added());
  }
}
