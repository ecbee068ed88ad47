// Each call of the disk fails in turn, in three ways: no wrong byte, no quota passed, nothing announced that is not
// there.
#include <catch2/catch.hpp>
#include <set>

#include "cache_worker/store/block_store.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/faulty_file_system.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;
using Mode = FaultyFileSystem::Mode;

namespace {

constexpr uint64_t kQuotaBlocks = 3;
// Trailer of a one-chunk block of "/f": 8 + 2 + 72.
constexpr uint64_t kTrailer = 82;
constexpr uint32_t kBlocks = 6;

std::string Bytes(uint32_t index) { return PatternBytes(kTestBlock, index); }

// What has been announced and not taken back.
class Announced final : public BlockListener {
 public:
  void OnAdded(const std::shared_ptr<const FileFacts>&, uint32_t index, Tier) override { blocks.insert(index); }
  void OnRemoved(const std::shared_ptr<const FileFacts>&, uint32_t index, Tier) override { blocks.erase(index); }
  std::set<uint32_t> blocks;
};

BlockStoreOptions Options() {
  BlockStoreOptions options = OneTier(kQuotaBlocks * kTestBlock);
  options.sync = true;
  return options;
}

// More writes than fit, reads between them, a drop. Whatever fails, fails.
void Exercise(BlockStore& store, const std::shared_ptr<const FileFacts>& file) {
  for (uint32_t i = 0; i < kBlocks; ++i) {
    static_cast<void>(PutBlock(store, file, i, Bytes(i)));
    if (i == 2) store.Drop("/f");
    for (uint32_t j = 0; j <= i; ++j) {
      const std::string read = GetBlock(store, *file, j);
      if (!read.empty()) CHECK(read == Bytes(j));
    }
  }
}

void CheckWhole(FakeFileSystem& files, BlockStore& store, const std::shared_ptr<const FileFacts>& file,
                const std::set<uint32_t>& announced) {
  CHECK(store.Usage().at(0).used_bytes <= kQuotaBlocks * kTestBlock);
  CHECK(files.PeakBytes("/ssd") <= kQuotaBlocks * (kTestBlock + kTrailer));
  for (const uint32_t index : announced) {
    INFO("announced block " << index);
    CHECK(GetBlock(store, *file, index) == Bytes(index));
  }
  CHECK(store.Stats().blocks == announced.size());
}

}  // namespace

TEST_CASE("a disk that fails at any one call costs a block, never a byte", "[store]") {
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  for (const Mode mode : {Mode::kOnce, Mode::kAfterwards, Mode::kFromThen}) {
    int points = 0;
    for (int n = 1;; ++n) {
      INFO("call " << n << " mode " << static_cast<int>(mode));
      FakeFileSystem real;
      real.WatchPeak("/ssd");
      FaultyFileSystem files(real);
      Announced announced;
      auto store = OpenStore(files, Options(), &announced);
      files.Arm(n, mode);
      Exercise(*store, file);
      const bool fired = files.fired();
      files.Disarm();
      CheckWhole(real, *store, file, announced.blocks);
      // The disk is well again: the store works with its full quota.
      for (uint32_t i = 0; i < kBlocks; ++i) static_cast<void>(PutBlock(*store, file, i, Bytes(i)));
      CHECK(store->Stats().stuck_files == 0);
      CHECK(store->Stats().blocks == kQuotaBlocks);
      CheckWhole(real, *store, file, announced.blocks);
      store.reset();
      RecoveryReport report;
      Announced none;
      auto again = OpenStore(real, Options(), &none, &report);
      CHECK(report.torn == 0);
      CHECK(report.blocks == kQuotaBlocks);
      CheckWhole(real, *again, file, announced.blocks);
      if (!fired) break;
      ++points;
    }
    // At least create, append, trailer, sync, close, rename and folder sync of each of six writes.
    CHECK(points >= 42);
  }
}

TEST_CASE("a crash at any call leaves only whole blocks behind", "[store]") {
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  for (const Mode mode : {Mode::kFromThen, Mode::kAfterwards}) {
    for (int n = 1;; ++n) {
      INFO("call " << n << " mode " << static_cast<int>(mode));
      FakeFileSystem real;
      real.WatchPeak("/ssd");
      FaultyFileSystem files(real);
      bool fired = false;
      std::set<uint32_t> announced;
      {
        Announced diary;
        auto store = OpenStore(files, Options(), &diary);
        files.Arm(n, mode);
        for (uint32_t i = 0; i < kBlocks && !files.fired(); ++i) static_cast<void>(PutBlock(*store, file, i, Bytes(i)));
        fired = files.fired();
        announced = diary.blocks;
        // The process ends here: whatever the destructors still try, fails.
        files.Arm(1, Mode::kFromThen);
      }
      real.Crash(true);
      RecoveryReport report;
      Announced none;
      auto store = OpenStore(real, Options(), &none, &report);
      CHECK(store->Usage().at(0).used_bytes <= kQuotaBlocks * kTestBlock);
      for (uint32_t i = 0; i < kBlocks; ++i) {
        const std::string read = GetBlock(*store, *file, i);
        if (!read.empty()) CHECK(read == Bytes(i));
        // Synced before it was announced, so it must have survived.
        if (announced.count(i) != 0) CHECK(read == Bytes(i));
      }
      CHECK(real.Below("/ssd/tmp").empty());
      if (!fired) break;
    }
  }
}

TEST_CASE("a recovery that fails at any call drops blocks rather than serve wrong ones", "[store]") {
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  for (const Mode mode : {Mode::kOnce, Mode::kAfterwards, Mode::kFromThen}) {
    for (int n = 1;; ++n) {
      INFO("call " << n << " mode " << static_cast<int>(mode));
      FakeFileSystem real;
      {
        BlockStoreOptions larger = Options();
        larger.folders[0].quota_bytes = 4 * kTestBlock;
        auto store = OpenStore(real, larger);
        for (uint32_t i = 0; i < 4; ++i) REQUIRE(PutBlock(*store, file, i, Bytes(i)).ok());
      }
      real.Flip("/ssd/blocks/00/0000000000000001-2.block", kTestBlock + 3);
      real.Put("/ssd/tmp/5", "left over");
      FaultyFileSystem files(real);
      BlockStore store(Options(), files, TestLru(), nullptr);
      REQUIRE(store.Prepare().empty());
      files.Arm(n, mode);
      const std::atomic<bool> stop{false};
      const auto report = store.Recover(stop);
      REQUIRE(report.ok());
      const bool fired = files.fired();
      files.Disarm();
      // A folder that could not be looked through is tried again.
      if (report->folders_aside > 0) CHECK(fired);
      Maintain(store);
      CHECK(store.FolderProblems().empty());
      for (uint32_t i = 0; i < kBlocks; ++i) static_cast<void>(PutBlock(store, file, i, Bytes(i)));
      CHECK(store.Usage().at(0).used_bytes <= kQuotaBlocks * kTestBlock);
      CHECK(store.Stats().stuck_files == 0);
      for (uint32_t i = 0; i < kBlocks; ++i) {
        const std::string read = GetBlock(store, *file, i);
        if (!read.empty()) CHECK(read == Bytes(i));
      }
      uint64_t on_disk = 0;
      for (const std::string& path : real.Below("/ssd/blocks")) on_disk += real.Get(path).size();
      CHECK(on_disk <= kQuotaBlocks * (kTestBlock + kTrailer));
      if (!fired) break;
    }
  }
}

TEST_CASE("a victim that cannot be removed keeps its bytes, and the new block is refused", "[store]") {
  FakeFileSystem real;
  real.WatchPeak("/ssd");
  FaultyFileSystem files(real);
  auto store = OpenStore(files, Options());
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  for (uint32_t i = 0; i < kQuotaBlocks; ++i) REQUIRE(PutBlock(*store, file, i, Bytes(i)).ok());
  files.FailRemoves(true);
  CHECK(absl::IsResourceExhausted(PutBlock(*store, file, 3, Bytes(3)).status()));
  CHECK(store->Usage().at(0).used_bytes == kQuotaBlocks * kTestBlock);
  CHECK(store->Stats().stuck_files == 1);
  files.FailRemoves(false);
  CHECK(PutBlock(*store, file, 3, Bytes(3)).ok());
  CHECK(store->Stats().stuck_files == 0);
  CHECK(real.PeakBytes("/ssd") <= kQuotaBlocks * (kTestBlock + kTrailer));
}

TEST_CASE("a block whose old file is still there is not written over it", "[store]") {
  FakeFileSystem real;
  FaultyFileSystem files(real);
  auto store = OpenStore(files, Options());
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  files.FailRemoves(true);
  store->Drop("/f");
  CHECK(GetBlock(*store, *file, 0).empty());
  CHECK(absl::IsAlreadyExists(PutBlock(*store, file, 0, Bytes(0)).status()));
  files.FailRemoves(false);
  // What clears the old file away must not take the new one with it.
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  REQUIRE(PutBlock(*store, file, 1, Bytes(1)).ok());
  CHECK(GetBlock(*store, *file, 0) == Bytes(0));
  CHECK(store->Stats().torn_blocks == 0);
}

TEST_CASE("half a write that cannot be cleared away counts towards the quota", "[store]") {
  FakeFileSystem real;
  real.WatchPeak("/ssd");
  FaultyFileSystem files(real);
  auto store = OpenStore(files, Options());
  const auto file = TestFile(1, "/f", kBlocks * kTestBlock);
  files.FailRemoves(true);
  {
    auto writer = store->Begin(file, 0, {});
    REQUIRE(writer.ok());
    REQUIRE((*writer)->Append(Bytes(0)).ok());
  }
  CHECK(store->Usage().at(0).used_bytes >= kTestBlock);
  for (uint32_t i = 1; i < kBlocks; ++i) static_cast<void>(PutBlock(*store, file, i, Bytes(i)));
  CHECK(real.PeakBytes("/ssd") <= kQuotaBlocks * (kTestBlock + kTrailer));
  files.FailRemoves(false);
  for (uint32_t i = 0; i < kQuotaBlocks; ++i) CHECK(PutBlock(*store, file, i, Bytes(i)).ok());
  CHECK(store->Stats().stuck_files == 0);
  CHECK(store->Stats().blocks == kQuotaBlocks);
}
