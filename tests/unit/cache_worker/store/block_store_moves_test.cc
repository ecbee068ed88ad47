// Blocks that move between tiers: which, when, and what is told; and moves that fail on the way.
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <utility>

#include "cache_worker/store/block_store.h"
#include "tests/unit/cache_worker/support/breakable_file_system.h"
#include "tests/unit/cache_worker/support/diary.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/faulty_file_system.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;
using Entries = std::vector<std::string>;

namespace {

std::string Bytes(uint32_t seed) { return PatternBytes(kTestBlock, seed); }

BlockStoreOptions Moving(uint64_t mem_blocks, uint64_t ssd_blocks) {
  BlockStoreOptions options = TwoTiers(mem_blocks * kTestBlock, ssd_blocks * kTestBlock);
  options.tiers.promote_after = 2;
  options.tiers.demote = true;
  return options;
}

// A store and a file of ten blocks; block i holds Bytes(i).
struct Tiers {
  explicit Tiers(const BlockStoreOptions& options) : files(real), store(OpenStore(files, options, &diary)) {}

  void Put(uint32_t index, Tier tier) { REQUIRE(PutBlock(*store, file, index, Bytes(index), {tier}).value() == tier); }
  // That many visits: something else is used before each.
  void Read(uint32_t index, int times) {
    for (int i = 0; i < times; ++i) {
      store->UseMark();
      CHECK(GetBlock(*store, *file, index) == Bytes(index));
    }
  }
  // "MEM", "SSD", or "" when it is not cached. No use.
  std::string Where(uint32_t index) {
    const auto open = store->Peek(*file, index);
    return open.ok() ? std::string(TierName(open->tier)) : "";
  }
  // What was told since the last call.
  Entries News() { return std::exchange(diary.entries, {}); }

  FakeFileSystem real;
  BreakableFileSystem files;
  Diary diary;
  std::unique_ptr<BlockStore> store;
  std::shared_ptr<const FileFacts> file = TestFile(1, "/f", 10 * kTestBlock);
};

}  // namespace

TEST_CASE("a block that is read often enough moves up when there is room", "[store]") {
  Tiers tiers(Moving(2, 4));
  tiers.Put(0, Tier::kSsd);
  tiers.News();
  tiers.Read(0, 1);
  Maintain(*tiers.store);
  CHECK(tiers.Where(0) == "SSD");
  tiers.Read(0, 1);
  Maintain(*tiers.store);
  CHECK(tiers.Where(0) == "MEM");
  CHECK(tiers.News() == Entries{"+1/0 MEM", "-1/0 SSD"});
  CHECK(tiers.real.Below("/ssd/blocks").empty());
  CHECK(tiers.real.Below("/mem/tmp").empty());
  CHECK(tiers.store->Usage().at(0).used_bytes == kTestBlock);
  CHECK(tiers.store->Usage().at(1).used_bytes == 0);
  CHECK(tiers.store->Stats().promotions == 1);
  CHECK(tiers.store->Peek(*tiers.file, 0).value().verified);
  tiers.Read(0, 1);
}

TEST_CASE("the pieces of one visit are one read", "[store]") {
  Tiers tiers(Moving(2, 4));
  tiers.Put(0, Tier::kSsd);
  tiers.Put(1, Tier::kSsd);
  for (int piece = 0; piece < 10; ++piece) CHECK(tiers.store->Touch(*tiers.file, 0));
  for (int piece = 0; piece < 10; ++piece) CHECK(tiers.store->Touch(*tiers.file, 1));
  Maintain(*tiers.store);
  CHECK(tiers.store->Stats().promotions == 0);
  for (int piece = 0; piece < 10; ++piece) CHECK(tiers.store->Touch(*tiers.file, 0));
  Maintain(*tiers.store);
  CHECK(tiers.Where(0) == "MEM");
  CHECK(tiers.Where(1) == "SSD");
}

TEST_CASE("a block that moves up pushes down what was not read meanwhile", "[store]") {
  Tiers tiers(Moving(2, 4));
  tiers.Put(0, Tier::kMem);
  tiers.Put(1, Tier::kMem);
  tiers.Put(2, Tier::kSsd);
  tiers.News();
  tiers.Read(1, 1);
  tiers.Read(2, 2);
  Maintain(*tiers.store);
  CHECK(tiers.News() == Entries{"+1/0 SSD", "-1/0 MEM", "+1/2 MEM", "-1/2 SSD"});
  CHECK(tiers.store->Stats().promotions == 1);
  CHECK(tiers.store->Stats().demotions == 1);
  CHECK(tiers.store->Stats().evictions == 0);
  for (const uint32_t i : {0, 1, 2}) tiers.Read(i, 1);
}

TEST_CASE("blocks of the faster tier that are read too keep their place", "[store]") {
  Tiers tiers(Moving(2, 4));
  tiers.Put(2, Tier::kSsd);
  tiers.Put(0, Tier::kMem);
  tiers.Put(1, Tier::kMem);
  for (int round = 0; round < 5; ++round) {
    for (const uint32_t i : {0, 1, 2}) tiers.Read(i, 1);
    Maintain(*tiers.store);
  }
  CHECK(tiers.Where(2) == "SSD");
  CHECK(tiers.store->Stats().promotions == 0);
  CHECK(tiers.store->Stats().promotions_dropped == 2);
  // Its reads are counted anew each time: what was read long ago holds nothing up.
  tiers.Read(2, 2);
  Maintain(*tiers.store);
  tiers.Read(2, 2);
  Maintain(*tiers.store);
  CHECK(tiers.Where(2) == "MEM");
}

TEST_CASE("without demotion what has to make room is evicted", "[store]") {
  BlockStoreOptions options = Moving(1, 4);
  options.tiers.demote = false;
  Tiers tiers(options);
  tiers.Put(0, Tier::kMem);
  tiers.Put(1, Tier::kSsd);
  tiers.News();
  tiers.Read(1, 2);
  Maintain(*tiers.store);
  CHECK(tiers.News() == Entries{"-1/0 MEM", "+1/1 MEM", "-1/1 SSD"});
  CHECK(tiers.store->Stats().evictions == 1);
}

TEST_CASE("without promotion nothing moves up", "[store]") {
  BlockStoreOptions options = Moving(2, 4);
  options.tiers.promote_after = 0;
  Tiers tiers(options);
  tiers.Put(0, Tier::kSsd);
  tiers.Read(0, 9);
  Maintain(*tiers.store);
  CHECK(tiers.Where(0) == "SSD");
}

TEST_CASE("beyond the high watermark the coldest move down until the low one is reached", "[store]") {
  BlockStoreOptions options = Moving(4, 8);
  options.tiers.high_watermark = 0.75;
  options.tiers.low_watermark = 0.5;
  Tiers tiers(options);
  for (const uint32_t i : {0, 1, 2}) tiers.Put(i, Tier::kMem);
  Maintain(*tiers.store);
  CHECK(tiers.Where(0) == "MEM");
  tiers.Put(3, Tier::kMem);
  tiers.Read(0, 1);
  tiers.News();
  Maintain(*tiers.store);
  CHECK(tiers.News() == Entries{"+1/1 SSD", "-1/1 MEM", "+1/2 SSD", "-1/2 MEM"});
  CHECK(tiers.store->Usage().at(0).used_bytes == 2 * kTestBlock);
  CHECK(tiers.store->Stats().demotions == 2);
}

TEST_CASE("the slowest tier makes room by evicting", "[store]") {
  BlockStoreOptions options = OneTier(4 * kTestBlock);
  options.tiers.demote = true;
  options.tiers.high_watermark = 0.75;
  options.tiers.low_watermark = 0.5;
  Tiers tiers(options);
  for (const uint32_t i : {0, 1, 2, 3}) tiers.Put(i, Tier::kSsd);
  tiers.News();
  Maintain(*tiers.store);
  CHECK(tiers.News() == Entries{"-1/0 SSD", "-1/1 SSD"});
  CHECK(tiers.store->Stats().evictions == 2);
}

TEST_CASE("what moves down replaces what was used longer ago, and nothing else", "[store]") {
  // Each tier keeps one of its four blocks.
  BlockStoreOptions options = Moving(4, 4);
  options.tiers.high_watermark = options.tiers.low_watermark = 0.25;
  Tiers tiers(options);
  tiers.Put(0, Tier::kSsd);
  tiers.Put(1, Tier::kMem);
  tiers.Put(2, Tier::kMem);
  SECTION("older below") {
    tiers.News();
    Maintain(*tiers.store);
    CHECK(tiers.News() == Entries{"-1/0 SSD", "+1/1 SSD", "-1/1 MEM"});
  }
  SECTION("newer below") {
    tiers.Read(0, 1);
    tiers.News();
    Maintain(*tiers.store);
    CHECK(tiers.News() == Entries{"-1/1 MEM"});
  }
}

TEST_CASE("what a warm-up has brought is not evicted in the background", "[store]") {
  BlockStoreOptions options = OneTier(4 * kTestBlock);
  options.tiers.high_watermark = options.tiers.low_watermark = 0.5;
  Tiers tiers(options);
  tiers.Put(0, Tier::kSsd);
  auto spare = tiers.store->SpareFromNow();
  for (const uint32_t i : {1, 2, 3}) tiers.Put(i, Tier::kSsd);
  Maintain(*tiers.store);
  CHECK(tiers.Where(0).empty());
  for (const uint32_t i : {1, 2, 3}) CHECK(tiers.Where(i) == "SSD");
  spare.reset();
  Maintain(*tiers.store);
  CHECK(tiers.store->Stats().blocks == 2);
}

TEST_CASE("a reader goes on with the old copy of a block that moves", "[store]") {
  Tiers tiers(Moving(2, 4));
  tiers.Put(0, Tier::kSsd);
  tiers.Read(0, 2);
  auto open = tiers.store->Peek(*tiers.file, 0);
  REQUIRE(open.ok());
  Maintain(*tiers.store);
  REQUIRE(tiers.Where(0) == "MEM");
  std::string chunk;
  REQUIRE(open->reader->ReadChunk(0, chunk).ok());
  CHECK(chunk == Bytes(0));
  // News of damage to the old copy does not harm the new one.
  tiers.store->DropDamaged(*tiers.file, 0, open->serial);
  CHECK(tiers.Where(0) == "MEM");
}

TEST_CASE("a block that is dropped while it moves is gone from both tiers", "[store]") {
  Tiers tiers(Moving(2, 4));
  tiers.Put(0, Tier::kSsd);
  tiers.Read(0, 2);
  tiers.News();
  tiers.files.BeforeRename([&] { tiers.store->Drop("/f"); });
  Maintain(*tiers.store);
  CHECK(tiers.News() == Entries{"-1/0 SSD"});
  CHECK(tiers.real.Below("/mem/blocks").empty());
  CHECK(tiers.real.Below("/mem/tmp").empty());
  CHECK(tiers.real.Below("/ssd/blocks").empty());
  for (const TierUse& use : tiers.store->Usage()) CHECK(use.used_bytes == 0);
  tiers.files.BeforeRename({});
  tiers.Put(0, Tier::kMem);
  tiers.Read(0, 1);
}

TEST_CASE("a block that turns out damaged when it is to move is dropped", "[store]") {
  Tiers tiers(Moving(2, 4));
  tiers.Put(0, Tier::kSsd);
  tiers.Read(0, 2);
  tiers.real.Flip(tiers.real.Below("/ssd/blocks").at(0), 100);
  Maintain(*tiers.store);
  CHECK(tiers.Where(0).empty());
  CHECK(tiers.store->Stats().torn_blocks == 1);
  CHECK(tiers.store->Stats().promotions == 0);
  CHECK(tiers.real.Below("/mem/blocks").empty());
}

TEST_CASE("a tier that cannot be written leaves blocks where they are", "[store]") {
  Tiers tiers(Moving(2, 4));
  tiers.Put(0, Tier::kSsd);
  tiers.Read(0, 2);
  tiers.News();
  tiers.files.Break("/mem", BreakableFileSystem::What::kWrites, absl::ResourceExhaustedError("No space left"));
  Maintain(*tiers.store);
  CHECK(tiers.News().empty());
  tiers.Read(0, 1);
  CHECK(tiers.store->Stats().promotions == 0);
}

namespace {

// Blocks by index and tier, as announced.
class Holdings final : public BlockListener {
 public:
  void OnAdded(const std::shared_ptr<const FileFacts>&, uint32_t index, Tier tier) override {
    CHECK(tiers[index].insert(tier).second);
  }
  void OnRemoved(const std::shared_ptr<const FileFacts>&, uint32_t index, Tier tier) override {
    CHECK(tiers[index].erase(tier) == 1);
    if (tiers[index].empty()) tiers.erase(index);
  }
  std::map<uint32_t, std::set<Tier>> tiers;
};

constexpr uint32_t kBlocks = 4;
// Trailer of a one-chunk block of "/f": 8 + 2 + 72.
constexpr uint64_t kOnDisk = kTestBlock + 82;

BlockStoreOptions Synced() {
  BlockStoreOptions options = Moving(2, 4);
  options.sync = true;
  return options;
}

// Two blocks in each tier; then those in SSD are read and change places with those in MEM.
void Swap(BlockStore& store, const std::shared_ptr<const FileFacts>& file) {
  for (const uint32_t i : {2, 3}) {
    for (int n = 0; n < 2; ++n) {
      store.UseMark();
      static_cast<void>(store.Touch(*file, i));
    }
  }
  Maintain(store);
}

void Fill(BlockStore& store, const std::shared_ptr<const FileFacts>& file) {
  for (uint32_t i = 0; i < kBlocks; ++i) {
    REQUIRE(PutBlock(store, file, i, Bytes(i), {i < 2 ? Tier::kMem : Tier::kSsd}).ok());
  }
}

}  // namespace

TEST_CASE("a disk that fails at any call of a move costs no wrong byte, no quota and no false news", "[store]") {
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  using Mode = FaultyFileSystem::Mode;
  for (const Mode mode : {Mode::kOnce, Mode::kAfterwards, Mode::kFromThen}) {
    int points = 0;
    for (int n = 1;; ++n) {
      INFO("call " << n << " mode " << static_cast<int>(mode));
      FakeFileSystem real;
      FaultyFileSystem files(real);
      Holdings announced;
      auto store = OpenStore(files, Synced(), &announced);
      Fill(*store, file);
      real.WatchPeak("/mem");
      real.WatchPeak("/ssd");
      files.Arm(n, mode);
      Swap(*store, file);
      const bool fired = files.fired();
      files.Disarm();
      CHECK(real.PeakBytes("/mem") <= 2 * kOnDisk);
      CHECK(real.PeakBytes("/ssd") <= 4 * kOnDisk);
      // The disk is well again, and is found so.
      Maintain(*store, 20);
      CHECK(store->FolderProblems().empty());
      CHECK(store->Stats().blocks == announced.tiers.size());
      for (const auto& [index, tiers] : announced.tiers) {
        INFO("block " << index);
        REQUIRE(tiers.size() == 1);
        const auto open = store->Open(*file, index);
        REQUIRE(open.ok());
        CHECK(open->tier == *tiers.begin());
        CHECK(GetBlock(*store, *file, index) == Bytes(index));
      }
      for (uint32_t i = 0; i < kBlocks; ++i) static_cast<void>(PutBlock(*store, file, i, Bytes(i)));
      CHECK(store->Stats().stuck_files == 0);
      CHECK(store->Stats().blocks == kBlocks);
      if (!fired) break;
      ++points;
    }
    // Four copies: open, size, three reads, create, two appends, sync, close, rename, folder sync, removal.
    CHECK(points >= 4 * 13);
  }
}

TEST_CASE("a crash at any call of a move leaves one copy or both, never none", "[store]") {
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  for (int n = 1;; ++n) {
    INFO("call " << n);
    FakeFileSystem real;
    FaultyFileSystem files(real);
    bool fired = false;
    {
      auto store = OpenStore(files, Synced());
      Fill(*store, file);
      // From here on the process is dead: whatever it still tries, fails.
      files.Arm(n, FaultyFileSystem::Mode::kFromThen);
      Swap(*store, file);
      fired = files.fired();
      files.Arm(1, FaultyFileSystem::Mode::kFromThen);
    }
    real.Crash(true);
    RecoveryReport report;
    auto store = OpenStore(real, Synced(), nullptr, &report);
    CHECK(report.torn == 0);
    for (uint32_t i = 0; i < kBlocks; ++i) CHECK(GetBlock(*store, *file, i) == Bytes(i));
    CHECK(store->Usage().at(0).used_bytes <= 2 * kTestBlock);
    CHECK(real.Below("/mem/blocks").size() + real.Below("/ssd/blocks").size() == kBlocks);
    if (!fired) break;
  }
}
