// Where blocks go, what goes for them, and what is told about it.
#include "cache_worker/store/block_store.h"

#include <catch2/catch.hpp>

#include "tests/unit/cache_worker/support/diary.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

std::string Bytes(uint32_t seed) { return PatternBytes(kTestBlock, seed); }

uint64_t Used(BlockStore& store, Tier tier) {
  for (const TierUse& use : store.Usage()) {
    if (use.tier == tier) return use.used_bytes;
  }
  return 0;
}

}  // namespace

TEST_CASE("a new block goes to the fastest tier with room", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, TwoTiers(2 * kTestBlock, 2 * kTestBlock));
  const auto file = TestFile(1, "/f", 10 * kTestBlock);
  CHECK(PutBlock(*store, file, 0, Bytes(0)).value() == Tier::kMem);
  CHECK(PutBlock(*store, file, 1, Bytes(1)).value() == Tier::kMem);
  CHECK(PutBlock(*store, file, 2, Bytes(2)).value() == Tier::kSsd);
  CHECK(GetBlock(*store, *file, 0) == Bytes(0));
  CHECK(GetBlock(*store, *file, 2) == Bytes(2));
  CHECK(Used(*store, Tier::kMem) == 2 * kTestBlock);
  CHECK(Used(*store, Tier::kSsd) == kTestBlock);
}

TEST_CASE("when all tiers are full, the block used longest ago goes, wherever it lies", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, TwoTiers(kTestBlock, kTestBlock));
  const auto file = TestFile(1, "/f", 10 * kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).value() == Tier::kMem);
  REQUIRE(PutBlock(*store, file, 1, Bytes(1)).value() == Tier::kSsd);
  CHECK(store->Touch(*file, 0));
  CHECK(PutBlock(*store, file, 2, Bytes(2)).value() == Tier::kSsd);
  CHECK(GetBlock(*store, *file, 1).empty());
  CHECK(PutBlock(*store, file, 3, Bytes(3)).value() == Tier::kMem);
  CHECK(GetBlock(*store, *file, 0).empty());
  CHECK(store->Stats().evictions == 2);
  CHECK(store->Stats().blocks == 2);
}

TEST_CASE("a tier that is asked for is the one that is used", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, TwoTiers(2 * kTestBlock, kTestBlock));
  const auto file = TestFile(1, "/f", 10 * kTestBlock);
  CHECK(PutBlock(*store, file, 0, Bytes(0), {Tier::kSsd}).value() == Tier::kSsd);
  CHECK(PutBlock(*store, file, 1, Bytes(1), {Tier::kSsd}).value() == Tier::kSsd);
  CHECK(GetBlock(*store, *file, 0).empty());
  CHECK(absl::IsResourceExhausted(PutBlock(*store, file, 2, Bytes(2), {Tier::kHdd}).status()));
}

TEST_CASE("a quota is filled to the last byte and not passed by one", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(2 * kTestBlock + 100));
  const auto a = TestFile(1, "/a", 2 * kTestBlock);
  const auto exact = TestFile(2, "/b", 100);
  const auto more = TestFile(3, "/c", 101);
  REQUIRE(PutBlock(*store, a, 0, Bytes(0)).ok());
  REQUIRE(PutBlock(*store, a, 1, Bytes(1)).ok());
  CHECK(PutBlock(*store, exact, 0, PatternBytes(100, 7)).ok());
  CHECK(store->Stats().evictions == 0);
  CHECK(Used(*store, Tier::kSsd) == 2 * kTestBlock + 100);
  CHECK(PutBlock(*store, more, 0, PatternBytes(101, 8)).ok());
  CHECK(store->Stats().evictions == 1);
  CHECK(Used(*store, Tier::kSsd) == kTestBlock + 201);
}

TEST_CASE("a block larger than every quota is refused and costs nothing", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(kTestBlock - 1));
  const auto small = TestFile(1, "/a", 50);
  REQUIRE(PutBlock(*store, small, 0, PatternBytes(50, 1)).ok());
  const auto status = PutBlock(*store, TestFile(2, "/b", kTestBlock), 0, Bytes(0)).status();
  CHECK(absl::IsResourceExhausted(status));
  CHECK(store->Stats().blocks == 1);
  CHECK(store->Stats().evictions == 0);
}

TEST_CASE("room that is promised to a write is not promised twice", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(kTestBlock));
  const auto file = TestFile(1, "/f", 3 * kTestBlock);
  auto first = store->Begin(file, 0, {});
  REQUIRE(first.ok());
  CHECK(absl::IsResourceExhausted(store->Begin(file, 1, {}).status()));
  CHECK(absl::IsAlreadyExists(store->Begin(file, 0, {}).status()));
  SECTION("a write that is given up returns it") {
    first->reset();
    CHECK(store->Begin(file, 1, {}).ok());
    CHECK(files.Below("/ssd/tmp").empty());
  }
  SECTION("a write that ends keeps it") {
    REQUIRE((*first)->Append(Bytes(0)).ok());
    REQUIRE((*first)->Commit().ok());
    CHECK(absl::IsAlreadyExists(store->Begin(file, 0, {}).status()));
  }
}

TEST_CASE("blocks used since a mark are spared", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(2 * kTestBlock));
  const auto file = TestFile(1, "/f", 9 * kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  PutOptions options;
  options.spare_since = store->UseMark();
  REQUIRE(PutBlock(*store, file, 1, Bytes(1), options).ok());
  REQUIRE(PutBlock(*store, file, 2, Bytes(2), options).ok());
  CHECK(GetBlock(*store, *file, 0).empty());
  CHECK(absl::IsResourceExhausted(PutBlock(*store, file, 3, Bytes(3), options).status()));
  CHECK(GetBlock(*store, *file, 1) == Bytes(1));
  CHECK(GetBlock(*store, *file, 2) == Bytes(2));
}

TEST_CASE("beyond the bound on blocks every new one evicts another", "[store]") {
  FakeFileSystem files;
  BlockStoreOptions options = OneTier(1 << 20);
  options.max_blocks = 3;
  auto store = OpenStore(files, options);
  const auto file = TestFile(1, "/f", 9 * kTestBlock);
  for (uint32_t i = 0; i < 3; ++i) REQUIRE(PutBlock(*store, file, i, Bytes(i)).ok());
  CHECK(store->Stats().evictions == 0);
  REQUIRE(PutBlock(*store, file, 3, Bytes(3)).ok());
  CHECK(store->Stats().blocks == 3);
  CHECK(store->Stats().evictions == 1);
}

TEST_CASE("a block is announced when it is there and before it goes", "[store]") {
  FakeFileSystem files;
  Diary diary;
  auto store = OpenStore(files, OneTier(2 * kTestBlock), &diary);
  const auto file = TestFile(1, "/f", 9 * kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  REQUIRE(PutBlock(*store, file, 1, Bytes(1)).ok());
  REQUIRE(PutBlock(*store, file, 2, Bytes(2)).ok());
  store->Drop("/f");
  CHECK(diary.entries ==
        std::vector<std::string>{"+1/0 SSD", "+1/1 SSD", "-1/0 SSD", "+1/2 SSD", "-1/1 SSD", "-1/2 SSD"});
}

TEST_CASE("a dropped folder frees its bytes and its files", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(1 << 20));
  const auto in = TestFile(1, "/a/x", 2 * kTestBlock);
  const auto out = TestFile(2, "/ab", kTestBlock);
  REQUIRE(PutBlock(*store, in, 0, Bytes(0)).ok());
  REQUIRE(PutBlock(*store, in, 1, Bytes(1)).ok());
  REQUIRE(PutBlock(*store, out, 0, Bytes(2)).ok());
  const auto dropped = store->Drop("/a");
  CHECK(dropped.blocks == 2);
  CHECK(dropped.bytes == 2 * kTestBlock);
  CHECK(Used(*store, Tier::kSsd) == kTestBlock);
  CHECK(files.Below("/ssd/blocks").size() == 1);
  CHECK(GetBlock(*store, *out, 0) == Bytes(2));
}

TEST_CASE("one block is dropped by its key", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(1 << 20));
  const auto file = TestFile(1, "/a/x", 2 * kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  REQUIRE(PutBlock(*store, file, 1, Bytes(1)).ok());
  CHECK(store->Drop(BlockKey{1, 7}).blocks == 0);
  const auto dropped = store->Drop(BlockKey{1, 0});
  CHECK(dropped.blocks == 1);
  CHECK(dropped.bytes == kTestBlock);
  CHECK(GetBlock(*store, *file, 0).empty());
  CHECK(GetBlock(*store, *file, 1) == Bytes(1));
  CHECK(files.Below("/ssd/blocks").size() == 1);
}

TEST_CASE("a content is found while one of its blocks is here", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(1 << 20));
  const auto file = TestFile((uint64_t{3} << 40) + 9, "/f", 2 * kTestBlock);
  CHECK(store->FindContent("/f", 9) == nullptr);
  REQUIRE(PutBlock(*store, file, 1, Bytes(1)).ok());
  REQUIRE(store->FindContent("/f", 9) != nullptr);
  CHECK(*store->FindContent("/f", 9) == *file);
  store->Drop("/f");
  CHECK(store->FindContent("/f", 9) == nullptr);
}

TEST_CASE("blocks of another content of the same path are never served", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(1 << 20));
  const auto before = TestFile(1, "/f", kTestBlock);
  const auto after = TestFile(2, "/f", kTestBlock);
  REQUIRE(PutBlock(*store, before, 0, Bytes(0)).ok());
  CHECK(GetBlock(*store, *after, 0).empty());
  FileFacts same_id_other_path = *before;
  same_id_other_path.path = "/g";
  CHECK(GetBlock(*store, same_id_other_path, 0).empty());
  CHECK(store->DropOtherContents("/f", 2).blocks == 1);
  CHECK(store->Stats().blocks == 0);
}

TEST_CASE("a reader goes on with a block that is evicted meanwhile", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(kTestBlock));
  const auto file = TestFile(1, "/f", 2 * kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  auto open = store->Open(*file, 0);
  REQUIRE(open.ok());
  REQUIRE(PutBlock(*store, file, 1, Bytes(1)).ok());
  std::string chunk;
  REQUIRE(open->reader->ReadChunk(0, chunk).ok());
  CHECK(chunk == Bytes(0));
  open->reader.reset();
  CHECK(files.open_readers() == 0);
}

TEST_CASE("a file that was removed by hand is no longer cached", "[store]") {
  FakeFileSystem files;
  Diary diary;
  auto store = OpenStore(files, OneTier(1 << 20), &diary);
  const auto file = TestFile(1, "/f", kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  REQUIRE(files.Remove(files.Below("/ssd/blocks").at(0)).ok());
  CHECK(absl::IsNotFound(store->Open(*file, 0).status()));
  CHECK(diary.entries.back() == "-1/0 SSD");
  CHECK(store->Stats().torn_blocks == 1);
  CHECK(Used(*store, Tier::kSsd) == 0);
  CHECK(PutBlock(*store, file, 0, Bytes(0)).ok());
}

TEST_CASE("a damaged chunk is never handed out", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(1 << 20));
  const auto file = TestFile(1, "/f", kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  files.Flip(files.Below("/ssd/blocks").at(0), 1234);
  auto open = store->Open(*file, 0);
  REQUIRE(open.ok());
  std::string chunk;
  CHECK(absl::IsDataLoss(open->reader->ReadChunk(0, chunk)));
  store->DropDamaged(*file, 0, open->serial);
  store->DropDamaged(*file, 0, open->serial);
  CHECK(store->Stats().torn_blocks == 1);
  CHECK(store->Stats().blocks == 0);
}

TEST_CASE("news of damage to an earlier copy does not harm the present one", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(1 << 20));
  const auto file = TestFile(1, "/f", kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  const auto old_copy = store->Open(*file, 0);
  REQUIRE(old_copy.ok());
  store->Drop("/f");
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  store->DropDamaged(*file, 0, old_copy->serial);
  CHECK(GetBlock(*store, *file, 0) == Bytes(0));
  CHECK(store->Stats().torn_blocks == 0);
}

TEST_CASE("a disk that cannot open a file now keeps the block", "[store]") {
  // Too many open files is no damage.
  class NoDescriptors final : public FileSystem {
   public:
    explicit NoDescriptors(FileSystem& real) : real_(real) {}
    bool exhausted = false;
    absl::StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
      if (exhausted) return locus::Exhausted("too many open files");
      return real_.Open(path);
    }
    absl::StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
      return real_.Create(path);
    }
    absl::Status Rename(const std::string& from, const std::string& to) override { return real_.Rename(from, to); }
    absl::Status Remove(const std::string& path) override { return real_.Remove(path); }
    absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override { return real_.List(folder); }
    absl::Status MakeFolder(const std::string& folder) override { return real_.MakeFolder(folder); }
    absl::Status SyncFolder(const std::string& folder) override { return real_.SyncFolder(folder); }
    absl::StatusOr<std::unique_ptr<FolderLock>> Lock(const std::string& path) override { return real_.Lock(path); }

   private:
    FileSystem& real_;
  };
  FakeFileSystem real;
  NoDescriptors files(real);
  auto store = OpenStore(files, OneTier(1 << 20));
  const auto file = TestFile(1, "/f", kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  files.exhausted = true;
  CHECK(absl::IsResourceExhausted(store->Open(*file, 0).status()));
  files.exhausted = false;
  CHECK(GetBlock(*store, *file, 0) == Bytes(0));
  CHECK(store->Stats().torn_blocks == 0);
}

TEST_CASE("a block is written in whole chunks, complete", "[store]") {
  FakeFileSystem files;
  auto store = OpenStore(files, OneTier(1 << 20));
  const auto file = TestFile(1, "/f", kTestBlock);
  CHECK_FALSE(store->Begin(file, 1, {}).ok());
  auto writer = store->Begin(file, 0, {});
  REQUIRE(writer.ok());
  CHECK(absl::IsInvalidArgument((*writer)->Append("short")));
  CHECK(absl::IsInvalidArgument((*writer)->Commit().status()));
  writer->reset();
  CHECK(store->Stats().blocks == 0);
  CHECK(Used(*store, Tier::kSsd) == 0);
}

TEST_CASE("a snapshot holds every block once, and changes after its moment are told", "[store]") {
  FakeFileSystem files;
  Diary diary;
  auto store = OpenStore(files, TwoTiers(kTestBlock, 1 << 20), &diary);
  const auto file = TestFile(1, "/f", 9 * kTestBlock);
  REQUIRE(PutBlock(*store, file, 0, Bytes(0)).ok());
  REQUIRE(PutBlock(*store, file, 5, Bytes(5)).ok());
  const auto blocks = store->Snapshot([&] { diary.entries.clear(); });
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].index == 0);
  CHECK(blocks[0].tier == Tier::kMem);
  CHECK(blocks[1].index == 5);
  CHECK(blocks[1].tier == Tier::kSsd);
  CHECK(*blocks[1].file == *file);
  REQUIRE(PutBlock(*store, file, 6, Bytes(6)).ok());
  CHECK(diary.entries == std::vector<std::string>{"+1/6 SSD"});
}
