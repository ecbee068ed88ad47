// Free space on the disk, beside the quota.
#include <catch2/catch.hpp>

#include "cache_worker/store/block_store.h"
#include "tests/unit/cache_worker/support/breakable_file_system.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus;
using namespace locus::worker;

namespace {

constexpr uint64_t kKept = 10 << 10;
// Trailer of a one-chunk block of "/f": 8 + 2 + 72.
constexpr uint64_t kOnDisk = kTestBlock + 82;

std::string Bytes(uint32_t seed) { return PatternBytes(kTestBlock, seed); }

// A disk of some size, which holds the store's folders and what others put there.
struct Disk {
  Disk() : files(real) {
    files.SetSpace([this](const std::string&) { return DiskSpace{Free(), 7}; });
  }
  uint64_t Free() {
    uint64_t used = others;
    for (const char* folder : {"/mem", "/ssd"}) {
      for (const std::string& path : real.Below(folder)) used += real.Get(path).size();
    }
    return used < bytes ? bytes - used : 0;
  }

  FakeFileSystem real;
  BreakableFileSystem files;
  uint64_t bytes = kKept + 4 * kOnDisk;
  uint64_t others = 0;
};

BlockStoreOptions Keeping(BlockStoreOptions options) {
  options.keep_free = kKept;
  return options;
}

}  // namespace

TEST_CASE("a quota larger than the disk evicts rather than fill it", "[store]") {
  Disk disk;
  auto store = OpenStore(disk.files, Keeping(OneTier(1 << 20)));
  const auto file = TestFile(1, "/f", 20 * kTestBlock);
  for (uint32_t i = 0; i < 20; ++i) {
    REQUIRE(PutBlock(*store, file, i, Bytes(i)).ok());
    CHECK(disk.Free() >= kKept);
  }
  CHECK(store->Stats().blocks == 4);
  CHECK(store->Stats().refused_for_free_space == 0);
  for (const uint32_t i : {16, 17, 18, 19}) CHECK(GetBlock(*store, *file, i) == Bytes(i));
}

TEST_CASE("what others write makes the cache smaller, and stops it when nothing is left to evict", "[store]") {
  Disk disk;
  auto store = OpenStore(disk.files, Keeping(OneTier(1 << 20)));
  const auto file = TestFile(1, "/f", 20 * kTestBlock);
  for (uint32_t i = 0; i < 4; ++i) REQUIRE(PutBlock(*store, file, i, Bytes(i)).ok());
  disk.others = 2 * kTestBlock;
  REQUIRE(PutBlock(*store, file, 4, Bytes(4)).ok());
  CHECK(disk.Free() >= kKept);
  CHECK(store->Stats().blocks == 2);
  disk.others = 5 * kOnDisk;
  const absl::Status refused = PutBlock(*store, file, 5, Bytes(5)).status();
  CHECK(absl::IsResourceExhausted(refused));
  CHECK(MessageOf(refused).find("SSD folder '/ssd'") != std::string::npos);
  CHECK(MessageOf(refused).find("store.keep_free keeps 10 KiB") != std::string::npos);
  CHECK(store->Stats().refused_for_free_space == 1);
  disk.others = 0;
  CHECK(PutBlock(*store, file, 5, Bytes(5)).ok());
}

TEST_CASE("room that is promised to a write counts before it is on the disk", "[store]") {
  Disk disk;
  disk.bytes = kKept + 2 * kOnDisk;
  // Two folders on one disk.
  auto store = OpenStore(disk.files, Keeping(TwoTiers(1 << 20, 1 << 20)));
  const auto file = TestFile(1, "/f", 20 * kTestBlock);
  auto first = store->Begin(file, 0, {Tier::kMem});
  auto second = store->Begin(file, 1, {Tier::kSsd});
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(absl::IsResourceExhausted(store->Begin(file, 2, {}).status()));
  first->reset();
  CHECK(store->Begin(file, 2, {}).ok());
}

TEST_CASE("the next folder is tried when the first one's disk is full", "[store]") {
  FakeFileSystem real;
  BreakableFileSystem files(real);
  files.SetSpace([](const std::string& folder) {
    return folder == "/mem" ? DiskSpace{kKept, 1} : DiskSpace{1 << 30, 2};
  });
  auto store = OpenStore(files, Keeping(TwoTiers(1 << 20, 1 << 20)));
  const auto file = TestFile(1, "/f", 20 * kTestBlock);
  CHECK(PutBlock(*store, file, 0, Bytes(0)).value() == Tier::kSsd);
  CHECK(absl::IsResourceExhausted(PutBlock(*store, file, 1, Bytes(1), {Tier::kMem}).status()));
}

TEST_CASE("a move keeps the disk as free as a write does", "[store]") {
  FakeFileSystem real;
  BreakableFileSystem files(real);
  files.SetSpace([](const std::string& folder) {
    return folder == "/mem" ? DiskSpace{kKept, 1} : DiskSpace{1 << 30, 2};
  });
  BlockStoreOptions options = Keeping(TwoTiers(1 << 20, 1 << 20));
  options.tiers.promote_after = 1;
  auto store = OpenStore(files, options);
  const auto file = TestFile(1, "/f", 20 * kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  store->UseMark();
  CHECK(GetBlock(*store, *file, 0) == Bytes(0));
  Maintain(*store);
  CHECK(store->Peek(*file, 0).value().tier == Tier::kSsd);
  CHECK(store->Stats().promotions_dropped == 1);
}
