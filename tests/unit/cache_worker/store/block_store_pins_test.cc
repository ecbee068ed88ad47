// What is pinned stays, as long as it may.
#include <catch2/catch.hpp>

#include "cache_worker/store/block_store.h"
#include "tests/unit/cache_worker/support/breakable_file_system.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus;
using namespace locus::worker;

namespace {

std::string Bytes(uint32_t seed) { return PatternBytes(kTestBlock, seed); }

BlockStoreOptions Pinning(uint64_t quota_blocks, uint64_t pinned_blocks) {
  BlockStoreOptions options = OneTier(quota_blocks * kTestBlock);
  options.max_pinned = pinned_blocks * kTestBlock;
  return options;
}

// Two files, whose blocks hold Bytes(their index).
struct Cache {
  explicit Cache(const BlockStoreOptions& options) : files(real), store(OpenStore(files, options)) {}
  void Put(const std::shared_ptr<const FileFacts>& file, uint32_t index) {
    REQUIRE(PutBlock(*store, file, index, Bytes(index)).ok());
  }
  void PutAll(const std::shared_ptr<const FileFacts>& file, uint32_t blocks) {
    for (uint32_t i = 0; i < blocks; ++i) Put(file, i);
  }
  bool Has(const std::shared_ptr<const FileFacts>& file, uint32_t index) {
    return GetBlock(*store, *file, index) == Bytes(index);
  }

  FakeFileSystem real;
  BreakableFileSystem files;
  std::unique_ptr<BlockStore> store;
  std::shared_ptr<const FileFacts> kept = TestFile(1, "/dims/a", 10 * kTestBlock);
  std::shared_ptr<const FileFacts> other = TestFile(2, "/facts/b", 20 * kTestBlock);
};

}  // namespace

TEST_CASE("pinned blocks outlast others that are used more", "[store]") {
  Cache cache(Pinning(4, 2));
  cache.PutAll(cache.kept, 2);
  const auto pinned = cache.store->Pin("/dims");
  REQUIRE(pinned.ok());
  CHECK(pinned->blocks == 2);
  CHECK(pinned->bytes == 2 * kTestBlock);
  CHECK(cache.store->Stats().pinned_bytes == 2 * kTestBlock);
  cache.PutAll(cache.other, 10);
  for (const uint32_t i : {0, 1}) CHECK(cache.Has(cache.kept, i));
  CHECK(cache.store->Stats().blocks == 4);
  const auto unpinned = cache.store->Unpin("/dims/a");
  CHECK(absl::IsFailedPrecondition(unpinned.status()));
  CHECK(MessageOf(unpinned.status()) == "'/dims/a' is pinned as a part of '/dims': unpin that");
  REQUIRE(cache.store->Unpin("/").ok());
  CHECK(cache.store->Stats().pinned_bytes == 0);
  for (uint32_t i = 10; i < 14; ++i) cache.Put(cache.other, i);
  for (const uint32_t i : {0, 1}) CHECK_FALSE(cache.Has(cache.kept, i));
}

TEST_CASE("what is cached later below a pin is pinned as far as it may", "[store]") {
  Cache cache(Pinning(6, 2));
  REQUIRE(cache.store->Pin("/dims/a").value().blocks == 0);
  cache.PutAll(cache.kept, 3);
  CHECK(cache.store->Stats().pinned_bytes == 2 * kTestBlock);
  CHECK(cache.store->Stats().pins_over_limit == 1);
  cache.PutAll(cache.other, 10);
  CHECK(cache.Has(cache.kept, 0));
  CHECK(cache.Has(cache.kept, 1));
  CHECK_FALSE(cache.Has(cache.kept, 2));
}

TEST_CASE("a pin beyond the bound is refused, says what would do, and changes nothing", "[store]") {
  Cache cache(Pinning(6, 2));
  cache.PutAll(cache.kept, 3);
  const auto refused = cache.store->Pin("/dims");
  CHECK(absl::IsResourceExhausted(refused.status()));
  CHECK(MessageOf(refused.status()) ==
        "pinning '/dims' takes 12 KiB, and 8 KiB of 8 KiB are left: raise store.max_pinned, or unpin something");
  CHECK(cache.store->Stats().pinned_bytes == 0);
  cache.PutAll(cache.other, 6);
  CHECK_FALSE(cache.Has(cache.kept, 0));
  Cache none(Pinning(6, 0));
  CHECK(MessageOf(none.store->Pin("/dims").status()) == "nothing can be pinned: store.max_pinned is 0");
}

TEST_CASE("a pin twice is one pin", "[store]") {
  Cache cache(Pinning(6, 2));
  cache.PutAll(cache.kept, 2);
  REQUIRE(cache.store->Pin("/dims").ok());
  CHECK(cache.store->Pin("/dims").value().blocks == 2);
  CHECK(cache.store->Pin("/dims/a").value().blocks == 2);
  CHECK(cache.store->Stats().pinned_bytes == 2 * kTestBlock);
  CHECK(cache.store->Unpin("/dims").value().blocks == 0);
  CHECK(cache.store->Unpin("/dims").value().blocks == 0);
}

TEST_CASE("pins outlive a restart, a power cut too", "[store]") {
  Cache cache(Pinning(4, 2));
  cache.PutAll(cache.kept, 2);
  REQUIRE(cache.store->Pin("/dims").ok());
  cache.PutAll(cache.other, 2);
  const bool cut = GENERATE(true, false);
  std::string file;
  if (cut) {
    file = cache.real.Get("/ssd/pins");
    cache.real.Crash(false);
    CHECK(cache.real.Get("/ssd/pins") == file);
  }
  BlockStoreOptions options = Pinning(4, 2);
  cache.store.reset();
  cache.store = OpenStore(cache.files, options);
  if (cut) {
    // Blocks were not synced, the pin was.
    CHECK(cache.store->Stats().pinned_bytes == 0);
    cache.PutAll(cache.kept, 2);
  }
  CHECK(cache.store->Stats().pinned_bytes == 2 * kTestBlock);
  for (uint32_t i = 2; i < 12; ++i) cache.Put(cache.other, i);
  for (const uint32_t i : {0, 1}) CHECK(cache.Has(cache.kept, i));
}

TEST_CASE("a damaged file of pins is set aside and told of, and pins can be made anew", "[store]") {
  Cache cache(Pinning(4, 2));
  cache.PutAll(cache.kept, 2);
  REQUIRE(cache.store->Pin("/dims").ok());
  cache.real.Flip("/ssd/pins", 18);
  const std::string damaged = cache.real.Get("/ssd/pins");
  cache.store.reset();
  RecoveryReport report;
  cache.store = OpenStore(cache.files, Pinning(4, 2), nullptr, &report);
  CHECK(report.pins_damaged);
  CHECK(report.blocks == 2);
  CHECK(cache.store->Stats().pinned_bytes == 0);
  CHECK(cache.real.Get("/ssd/pins.damaged") == damaged);
  CHECK(cache.store->Pin("/dims").value().blocks == 2);
}

TEST_CASE("a file of pins that cannot be read now is neither lost nor overwritten", "[store]") {
  Cache cache(Pinning(4, 2));
  cache.PutAll(cache.kept, 1);
  REQUIRE(cache.store->Pin("/dims").ok());
  cache.store.reset();
  cache.files.Break("/ssd/pins", BreakableFileSystem::What::kReads, absl::UnavailableError("Too many open files"));
  RecoveryReport report;
  cache.store = OpenStore(cache.files, Pinning(4, 2), nullptr, &report);
  CHECK_FALSE(report.pins_damaged);
  CHECK(absl::IsUnavailable(cache.store->Pin("/facts").status()));
  cache.files.Mend();
  REQUIRE(cache.store->Pin("/facts").ok());
  CHECK(cache.store->Stats().pinned_bytes == kTestBlock);
}

TEST_CASE("a pin that cannot be written down is no pin", "[store]") {
  Cache cache(Pinning(4, 2));
  cache.PutAll(cache.kept, 2);
  cache.files.Break("/ssd", BreakableFileSystem::What::kWrites, absl::DataLossError("Input/output error"));
  const absl::Status refused = cache.store->Pin("/dims").status();
  CHECK(absl::IsUnavailable(refused));
  CHECK(MessageOf(refused) == "the pin cannot be written down: Input/output error");
  CHECK(cache.store->Stats().pinned_bytes == 0);
  cache.files.Mend();
  CHECK(cache.store->Pin("/dims").ok());
}

TEST_CASE("pinned blocks do not move down, are dropped when asked, and their pin stays", "[store]") {
  BlockStoreOptions options = TwoTiers(2 * kTestBlock, 8 * kTestBlock);
  options.tiers = {2, true, 0.5, 0.5};
  options.max_pinned = 4 * kTestBlock;
  Cache cache(options);
  cache.PutAll(cache.kept, 2);
  REQUIRE(cache.store->Pin("/dims").ok());
  Maintain(*cache.store);
  for (const uint32_t i : {0, 1}) CHECK(cache.store->Peek(*cache.kept, i).value().tier == Tier::kMem);
  CHECK(cache.store->Drop("/dims").blocks == 2);
  CHECK(cache.store->Stats().pinned_bytes == 0);
  cache.Put(cache.kept, 5);
  CHECK(cache.store->Stats().pinned_bytes == kTestBlock);
}

TEST_CASE("a pinned block that is read often moves up and stays pinned", "[store]") {
  BlockStoreOptions options = TwoTiers(2 * kTestBlock, 2 * kTestBlock);
  options.tiers.promote_after = 2;
  options.max_pinned = 4 * kTestBlock;
  Cache cache(options);
  REQUIRE(PutBlock(*cache.store, cache.kept, 0, Bytes(0), {Tier::kSsd}).ok());
  REQUIRE(cache.store->Pin("/dims").ok());
  for (int i = 0; i < 2; ++i) {
    cache.store->UseMark();
    CHECK(cache.Has(cache.kept, 0));
  }
  Maintain(*cache.store);
  CHECK(cache.store->Peek(*cache.kept, 0).value().tier == Tier::kMem);
  CHECK(cache.store->Stats().pinned_bytes == kTestBlock);
  cache.PutAll(cache.other, 10);
  CHECK(cache.Has(cache.kept, 0));
}

TEST_CASE("a cache full of pins refuses what is new, and a smaller quota comes before a pin", "[store]") {
  Cache cache(Pinning(4, 4));
  cache.PutAll(cache.kept, 4);
  REQUIRE(cache.store->Pin("/dims").ok());
  CHECK(absl::IsResourceExhausted(PutBlock(*cache.store, cache.other, 0, Bytes(0)).status()));
  cache.store.reset();
  cache.store = OpenStore(cache.files, Pinning(3, 4));
  CHECK(cache.store->Stats().blocks == 3);
  CHECK(cache.store->Usage().at(0).used_bytes == 3 * kTestBlock);
}
