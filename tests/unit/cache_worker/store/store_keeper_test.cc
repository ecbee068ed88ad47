// The background at work beside readers and writers. What is looked for shows best under ThreadSanitizer.
#include "cache_worker/store/store_keeper.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/breakable_file_system.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

std::string Bytes(uint32_t seed) { return PatternBytes(kTestBlock, seed); }

BlockStoreOptions Moving(uint64_t mem_blocks, uint64_t ssd_blocks) {
  BlockStoreOptions options = TwoTiers(mem_blocks * kTestBlock, ssd_blocks * kTestBlock);
  options.tiers = {2, true, 0.9, 0.8};
  options.max_pinned = 2 * kTestBlock;
  return options;
}

}  // namespace

TEST_CASE("what is read often moves up without anybody waiting for it", "[store]") {
  FakeFileSystem files;
  const locus::FakeClock clock;
  auto store = OpenStore(files, Moving(4, 8));
  const auto file = TestFile(1, "/f", kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0), {Tier::kSsd}).ok());
  StoreKeeper keeper(*store, clock);
  keeper.Start();
  for (int i = 0; i < 2; ++i) {
    store->UseMark();
    CHECK(GetBlock(*store, *file, 0) == Bytes(0));
  }
  CHECK(Eventually([&] { return store->Stats().promotions == 1; }));
  keeper.Stop();
  keeper.Stop();
  CHECK(store->Peek(*file, 0).value().tier == Tier::kMem);
}

TEST_CASE("a folder that fails is noticed, and tried again as time passes", "[store]") {
  FakeFileSystem real;
  BreakableFileSystem files(real);
  locus::FakeClock clock;
  BlockStoreOptions options = Moving(4, 8);
  options.folder_retry = std::chrono::milliseconds(50);
  auto store = OpenStore(files, options);
  const auto file = TestFile(1, "/f", kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0), {Tier::kSsd}).ok());
  StoreKeeper keeper(*store, clock);
  keeper.Start();
  files.Break("/ssd", BreakableFileSystem::What::kAll, absl::DataLossError("Input/output error"));
  CHECK(GetBlock(*store, *file, 0).empty());
  CHECK(Eventually([&] { return store->FolderProblems().size() == 1; }));
  files.Mend();
  clock.Advance(std::chrono::milliseconds(50));
  CHECK(Eventually([&] { return store->FolderProblems().empty(); }));
  CHECK(GetBlock(*store, *file, 0) == Bytes(0));
}

TEST_CASE("a keeper that never started stops", "[store]") {
  FakeFileSystem files;
  const locus::FakeClock clock;
  auto store = OpenStore(files, Moving(4, 8));
  StoreKeeper(*store, clock).Stop();
}

TEST_CASE("reads, writes, drops, pins and moves at once serve no wrong byte and pass no quota", "[store]") {
  constexpr uint32_t kBlocks = 16;
  FakeFileSystem files;
  const locus::FakeClock clock;
  auto store = OpenStore(files, Moving(4, 8));
  files.WatchPeak("/mem/blocks");
  files.WatchPeak("/ssd/blocks");
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  StoreKeeper keeper(*store, clock);
  keeper.Start();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      uint32_t x = t + 1;
      for (int i = 0; i < 600; ++i) {
        x = x * 1664525u + 1013904223u;
        // Low numbers are read more often.
        const uint32_t index = (x >> 20) % kBlocks * ((x >> 10) % kBlocks) / kBlocks;
        const std::string read = GetBlock(*store, *file, index);
        if (!read.empty() && read != Bytes(index)) ++wrong;
        if (read.empty()) {
          auto writer = store->Begin(file, index, {});
          if (writer.ok() && (*writer)->Append(Bytes(index)).ok()) static_cast<void>((*writer)->Commit());
        }
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 40; ++i) {
      static_cast<void>(i % 2 == 0 ? store->Pin("/f").status() : store->Unpin("/f").status());
      if (i % 10 == 0) store->Drop("/f");
      store->Usage();
      store->FolderProblems();
    }
  });
  for (std::thread& thread : threads) thread.join();
  keeper.Stop();
  CHECK(wrong == 0);
  CHECK(store->FolderProblems().empty());
  CHECK(store->Stats().torn_blocks == 0);
  // A trailer here is 8 + 2 + 72 bytes.
  CHECK(files.PeakBytes("/mem/blocks") <= 4 * (kTestBlock + 82));
  CHECK(files.PeakBytes("/ssd/blocks") <= 8 * (kTestBlock + 82));
  CHECK(files.open_readers() == 0);
  uint64_t on_disk = 0, counted = 0;
  for (const char* folder : {"/mem/blocks", "/ssd/blocks"}) {
    for (const std::string& path : files.Below(folder)) on_disk += files.Get(path).size() - 82;
  }
  for (const TierUse& use : store->Usage()) counted += use.used_bytes;
  CHECK(on_disk == counted);
}
