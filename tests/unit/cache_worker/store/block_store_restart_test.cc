// What a restart finds.
#include <catch2/catch.hpp>

#include "cache_worker/store/block_store.h"
#include "cache_worker/store/scrub.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/faulty_file_system.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

std::string Bytes(uint32_t seed) { return PatternBytes(kTestBlock, seed); }

// Three blocks of one file on /ssd, written by an earlier run.
struct Earlier {
  Earlier() {
    auto store = OpenStore(files, OneTier(1 << 20));
    for (uint32_t i = 0; i < 3; ++i) REQUIRE(PutBlock(*store, file, i, Bytes(i)).ok());
  }
  std::string PathOf(uint32_t index) { return "/ssd/blocks/00/0000000000000001-" + std::to_string(index) + ".block"; }

  FakeFileSystem files;
  std::shared_ptr<const FileFacts> file = TestFile(1, "/a/f", 3 * kTestBlock);
};

}  // namespace

TEST_CASE("blocks survive a restart", "[store]") {
  Earlier earlier;
  RecoveryReport report;
  auto store = OpenStore(earlier.files, OneTier(1 << 20), nullptr, &report);
  CHECK(report.blocks == 3);
  CHECK(report.torn == 0);
  for (uint32_t i = 0; i < 3; ++i) CHECK(GetBlock(*store, *earlier.file, i) == Bytes(i));
  CHECK(store->Usage().at(0).used_bytes == 3 * kTestBlock);
}

TEST_CASE("a block file that is cut anywhere is dropped and counted", "[store]") {
  Earlier earlier;
  const std::string whole = earlier.files.Get(earlier.PathOf(1));
  for (const size_t length : {size_t{0}, size_t{1}, size_t{71}, size_t{72}, size_t{100}, size_t{kTestBlock},
                              whole.size() - 72, whole.size() - 1}) {
    INFO("cut at " << length);
    earlier.files.Put(earlier.PathOf(1), whole.substr(0, length));
    RecoveryReport report;
    auto store = OpenStore(earlier.files, OneTier(1 << 20), nullptr, &report);
    CHECK(report.torn == 1);
    CHECK(report.blocks == 2);
    CHECK(store->Stats().torn_blocks == 1);
    CHECK(GetBlock(*store, *earlier.file, 1).empty());
    CHECK(earlier.files.Below("/ssd/blocks").size() == 2);
  }
}

TEST_CASE("a block file with something behind its end is dropped", "[store]") {
  Earlier earlier;
  earlier.files.Put(earlier.PathOf(1), earlier.files.Get(earlier.PathOf(1)) + "x");
  RecoveryReport report;
  OpenStore(earlier.files, OneTier(1 << 20), nullptr, &report);
  CHECK(report.torn == 1);
}

TEST_CASE("garbage in place of a trailer is dropped", "[store]") {
  Earlier earlier;
  earlier.files.Put(earlier.PathOf(0), PatternBytes(kTestBlock + 84, 99));
  earlier.files.Put(earlier.PathOf(1), std::string(kTestBlock + 84, '\0'));
  earlier.files.Flip(earlier.PathOf(2), kTestBlock + 20);
  RecoveryReport report;
  OpenStore(earlier.files, OneTier(1 << 20), nullptr, &report);
  CHECK(report.torn == 3);
  CHECK(report.blocks == 0);
  CHECK(earlier.files.Below("/ssd/blocks").empty());
}

TEST_CASE("a block file under another block's name is dropped", "[store]") {
  Earlier earlier;
  earlier.files.Put(earlier.PathOf(1), earlier.files.Get(earlier.PathOf(0)));
  RecoveryReport report;
  OpenStore(earlier.files, OneTier(1 << 20), nullptr, &report);
  CHECK(report.torn == 1);
  CHECK(report.blocks == 2);
}

TEST_CASE("leftovers of writes are removed, files of others are left alone", "[store]") {
  Earlier earlier;
  earlier.files.Put("/ssd/tmp/17", "half a block");
  earlier.files.Put("/ssd/tmp/anything", "");
  earlier.files.Put("/ssd/notes.txt", "mine");
  earlier.files.Put("/ssd/blocks/00/readme", "mine");
  earlier.files.Put("/ssd/blocks/11/0000000000000001-0.block", "in the wrong folder: not ours");
  RecoveryReport report;
  OpenStore(earlier.files, OneTier(1 << 20), nullptr, &report);
  CHECK(report.leftovers == 2);
  CHECK(report.foreign == 2);
  CHECK(report.blocks == 3);
  CHECK(earlier.files.Below("/ssd/tmp").empty());
  CHECK(earlier.files.Get("/ssd/notes.txt") == "mine");
  CHECK(earlier.files.Get("/ssd/blocks/00/readme") == "mine");
}

TEST_CASE("a flipped byte of a payload is found by the pass after the start", "[store]") {
  Earlier earlier;
  earlier.files.Flip(earlier.PathOf(1), 17);
  RecoveryReport report;
  auto store = OpenStore(earlier.files, OneTier(1 << 20), nullptr, &report);
  CHECK(report.torn == 0);
  const locus::FakeClock clock;
  const auto blocks = store->Snapshot([] {});
  const ScrubReport scrub = Scrub(*store, blocks, 1e9, clock, [](locus::Duration) { return true; });
  CHECK(scrub.blocks == 3);
  CHECK(scrub.torn == 1);
  CHECK(scrub.bytes == 2 * kTestBlock);
  CHECK(store->Stats().torn_blocks == 1);
  CHECK(GetBlock(*store, *earlier.file, 1).empty());
  CHECK(GetBlock(*store, *earlier.file, 2) == Bytes(2));
}

TEST_CASE("the pass over the payloads keeps its pace and can be ended", "[store]") {
  Earlier earlier;
  auto store = OpenStore(earlier.files, OneTier(1 << 20));
  locus::FakeClock clock;
  const auto blocks = store->Snapshot([] {});
  locus::Duration waited{};
  Scrub(*store, blocks, kTestBlock, clock, [&](locus::Duration wait) {
    waited += wait;
    clock.Advance(wait);
    return true;
  });
  CHECK(locus::ToSeconds(waited) == Approx(3));
  int asked = 0;
  const ScrubReport ended = Scrub(*store, blocks, kTestBlock, clock, [&](locus::Duration) { return ++asked < 2; });
  CHECK(ended.blocks == 2);
}

TEST_CASE("a smaller quota evicts what was written longest ago", "[store]") {
  Earlier earlier;
  RecoveryReport report;
  auto store = OpenStore(earlier.files, OneTier(2 * kTestBlock), nullptr, &report);
  CHECK(report.surplus == 1);
  CHECK(report.blocks == 2);
  CHECK(GetBlock(*store, *earlier.file, 0).empty());
  CHECK(GetBlock(*store, *earlier.file, 2) == Bytes(2));
  CHECK(earlier.files.Below("/ssd/blocks").size() == 2);
}

TEST_CASE("of a block in two tiers the faster one stays", "[store]") {
  Earlier earlier;
  const std::string name = earlier.PathOf(0).substr(4);
  earlier.files.Put("/mem" + name, earlier.files.Get(earlier.PathOf(0)));
  RecoveryReport report;
  auto store = OpenStore(earlier.files, TwoTiers(1 << 20, 1 << 20), nullptr, &report);
  CHECK(report.blocks == 3);
  CHECK(report.surplus == 1);
  auto open = store->Open(*earlier.file, 0);
  REQUIRE(open.ok());
  CHECK(open->tier == Tier::kMem);
  CHECK(earlier.files.Below("/ssd/blocks").size() == 2);
  CHECK(store->Usage().at(0).used_bytes == kTestBlock);
  CHECK(store->Usage().at(1).used_bytes == 2 * kTestBlock);
}

TEST_CASE("blocks of another block size are dropped, and not as torn", "[store]") {
  Earlier earlier;
  BlockStoreOptions options = OneTier(1 << 20);
  options.block_bytes = 2 * kTestBlock;
  RecoveryReport report;
  OpenStore(earlier.files, options, nullptr, &report);
  CHECK(report.other_block_size == 3);
  CHECK(report.torn == 0);
  CHECK(report.blocks == 0);
}

TEST_CASE("blocks of every size survive where files are cut in sizes of their own", "[store]") {
  FakeFileSystem files;
  BlockStoreOptions options = OneTier(1 << 20);
  options.any_block_size = true;
  const auto small = std::make_shared<const FileFacts>(FileFacts{1, "/s", 3000, 1000, 5});
  const auto large = std::make_shared<const FileFacts>(FileFacts{2, "/l", 9000, 8000, 5});
  {
    auto store = OpenStore(files, options);
    REQUIRE(PutBlock(*store, small, 2, PatternBytes(1000, 1)).ok());
    REQUIRE(PutBlock(*store, large, 0, PatternBytes(8000, 2)).ok());
    REQUIRE(PutBlock(*store, large, 1, PatternBytes(1000, 3)).ok());
    const auto huge = std::make_shared<const FileFacts>(FileFacts{3, "/h", 2ULL << 30, 2ULL << 30, 5});
    CHECK(absl::IsInvalidArgument(store->Begin(huge, 0, {}).status()));
  }
  RecoveryReport report;
  auto store = OpenStore(files, options, nullptr, &report);
  CHECK(report.blocks == 3);
  CHECK(report.other_block_size == 0);
  CHECK(GetBlock(*store, *small, 2) == PatternBytes(1000, 1));
  CHECK(GetBlock(*store, *large, 0) == PatternBytes(8000, 2));
}

TEST_CASE("a folder that another worker holds is refused by name", "[store]") {
  FakeFileSystem files;
  auto first = OpenStore(files, OneTier(1 << 20));
  BlockStore second(OneTier(1 << 20), files, TestLru(), nullptr);
  const auto problems = second.Prepare();
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] == "SSD folder '/ssd' is in use by another locus-worker: each worker needs folders of its own");
  first.reset();
  BlockStore third(OneTier(1 << 20), files, TestLru(), nullptr);
  CHECK(third.Prepare().empty());
}

TEST_CASE("every folder that cannot be used is named", "[store]") {
  FakeFileSystem real;
  FaultyFileSystem files(real);
  files.Arm(1, FaultyFileSystem::Mode::kFromThen, absl::UnavailableError("Read-only file system"));
  BlockStore store(TwoTiers(1 << 20, 1 << 20), files, TestLru(), nullptr);
  const auto problems = store.Prepare();
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].find("MEM folder '/mem'") != std::string::npos);
  CHECK(problems[1].find("SSD folder '/ssd'") != std::string::npos);
  CHECK(problems[1].find("Read-only file system") != std::string::npos);
}

TEST_CASE("looking through the folders ends when it is told to stop", "[store]") {
  Earlier earlier;
  BlockStore store(OneTier(1 << 20), earlier.files, TestLru(), nullptr);
  REQUIRE(store.Prepare().empty());
  CHECK(absl::IsCancelled(store.Recover(std::atomic<bool>(true)).status()));
}

TEST_CASE("with sync every announced block survives a power cut, without it none is served wrong", "[store]") {
  for (const bool sync : {true, false}) {
    for (const bool zeroed : {true, false}) {
      INFO("sync " << sync << " zeroed " << zeroed);
      FakeFileSystem files;
      BlockStoreOptions options = OneTier(1 << 20);
      options.sync = sync;
      const auto file = TestFile(1, "/f", 4 * kTestBlock);
      {
        auto store = OpenStore(files, options);
        for (uint32_t i = 0; i < 4; ++i) REQUIRE(PutBlock(*store, file, i, Bytes(i)).ok());
        files.Crash(zeroed);
      }
      RecoveryReport report;
      auto store = OpenStore(files, options, nullptr, &report);
      CHECK(report.blocks == (sync ? 4 : 0));
      CHECK(report.torn == (sync ? 0 : 4));
      for (uint32_t i = 0; i < 4; ++i) CHECK(GetBlock(*store, *file, i) == (sync ? Bytes(i) : ""));
    }
  }
}
