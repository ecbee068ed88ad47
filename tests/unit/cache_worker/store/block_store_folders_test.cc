// Folders that fail while the store runs: what is lost, what is not, and how they come back.
#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

#include "cache_worker/store/block_store.h"
#include "tests/unit/cache_worker/support/breakable_file_system.h"
#include "tests/unit/cache_worker/support/diary.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;
using Entries = std::vector<std::string>;
using What = BreakableFileSystem::What;

namespace {

std::string Bytes(uint32_t seed) { return PatternBytes(kTestBlock, seed); }

// One block in MEM, blocks 1 to 3 in SSD; folders are tried again every ten seconds.
struct Tiers {
  Tiers() : files(real), store(OpenStore(files, TwoTiers(kTestBlock, 4 * kTestBlock), &diary)) {
    for (uint32_t i = 0; i < 4; ++i) REQUIRE(PutBlock(*store, file, i, Bytes(i)).ok());
    diary.entries.clear();
  }
  std::string Read(uint32_t index) { return GetBlock(*store, *file, index); }
  Entries News() {
    Entries news = std::exchange(diary.entries, {});
    std::sort(news.begin(), news.end());
    return news;
  }

  FakeFileSystem real;
  BreakableFileSystem files;
  Diary diary;
  std::unique_ptr<BlockStore> store;
  std::shared_ptr<const FileFacts> file = TestFile(1, "/f", 20 * kTestBlock);
};

}  // namespace

TEST_CASE("a folder that cannot be read is set aside with all its blocks, and comes back with them", "[store]") {
  Tiers tiers;
  const absl::Status error = GENERATE(absl::DataLossError("Input/output error"), absl::NotFoundError("No such file"));
  tiers.files.Break("/ssd", What::kAll, error);
  CHECK(tiers.Read(1).empty());
  Maintain(*tiers.store, 0);
  CHECK(tiers.News() == Entries{"-1/1 SSD", "-1/2 SSD", "-1/3 SSD"});
  CHECK(tiers.store->FolderProblems() ==
        Entries{"SSD folder '/ssd' is set aside: " + std::string(error.message().data(), error.message().size()) +
                "; tried again every 10s"});
  CHECK(tiers.store->Stats().folder_failures == 1);
  CHECK(tiers.store->Stats().stuck_files == 0);
  CHECK(tiers.store->Usage().at(1).capacity_bytes == 0);
  CHECK(tiers.store->Usage().at(1).used_bytes == 0);
  CHECK(tiers.Read(0) == Bytes(0));
  // New blocks go to the other tier.
  CHECK(PutBlock(*tiers.store, tiers.file, 9, Bytes(9)).value() == Tier::kMem);
  CHECK(tiers.News() == Entries{"+1/9 MEM", "-1/0 MEM"});
  // It is not tried again before its time, and not taken back while it fails.
  tiers.files.Mend();
  Maintain(*tiers.store, 9);
  CHECK(tiers.News().empty());
  tiers.files.Break("/ssd", What::kAll, error);
  Maintain(*tiers.store, 10);
  CHECK(tiers.store->FolderProblems().size() == 1);
  tiers.files.Mend();
  Maintain(*tiers.store, 20);
  CHECK(tiers.News() == Entries{"+1/1 SSD", "+1/2 SSD", "+1/3 SSD"});
  CHECK(tiers.store->FolderProblems().empty());
  CHECK(tiers.store->Usage().at(1).used_bytes == 3 * kTestBlock);
  for (const uint32_t i : {1, 2, 3}) CHECK(tiers.Read(i) == Bytes(i));
  CHECK_FALSE(tiers.store->Peek(*tiers.file, 2).value().verified);
  CHECK(PutBlock(*tiers.store, tiers.file, 10, Bytes(10), {Tier::kSsd}).ok());
  CHECK(tiers.store->Stats().folder_failures == 1);
}

TEST_CASE("a folder that turns read-only is still read from, and takes no new blocks", "[store]") {
  Tiers tiers;
  tiers.files.Break("/ssd", What::kWrites, absl::FailedPreconditionError("Read-only file system"));
  CHECK_FALSE(PutBlock(*tiers.store, tiers.file, 8, Bytes(8), {Tier::kSsd}).ok());
  Maintain(*tiers.store, 0);
  CHECK(tiers.store->FolderProblems() ==
        Entries{"SSD folder '/ssd' takes no new blocks: Read-only file system; tried again every 10s"});
  CHECK(tiers.News().empty());
  for (const uint32_t i : {0, 1, 2, 3}) CHECK(tiers.Read(i) == Bytes(i));
  // Nothing is evicted there either: the file would stay.
  CHECK(PutBlock(*tiers.store, tiers.file, 9, Bytes(9)).value() == Tier::kMem);
  CHECK(absl::IsResourceExhausted(PutBlock(*tiers.store, tiers.file, 7, Bytes(7), {Tier::kSsd}).status()));
  CHECK(tiers.Read(1) == Bytes(1));
  tiers.files.Mend();
  Maintain(*tiers.store, 10);
  CHECK(tiers.store->FolderProblems().empty());
  CHECK(PutBlock(*tiers.store, tiers.file, 8, Bytes(8), {Tier::kSsd}).ok());
  CHECK(tiers.store->Stats().folder_failures == 1);
}

TEST_CASE("a full disk, and a device that fails writes, cost no block that is there", "[store]") {
  Tiers tiers;
  tiers.files.Break(
      "/ssd", What::kWrites,
      GENERATE(absl::ResourceExhaustedError("No space left on device"), absl::DataLossError("I/O error")));
  CHECK_FALSE(PutBlock(*tiers.store, tiers.file, 8, Bytes(8), {Tier::kSsd}).ok());
  Maintain(*tiers.store, 0);
  CHECK(tiers.store->FolderProblems().size() == 1);
  for (const uint32_t i : {1, 2, 3}) CHECK(tiers.Read(i) == Bytes(i));
  CHECK(tiers.store->Stats().torn_blocks == 0);
}

TEST_CASE("too many open files are nobody's fault: nothing is dropped, no folder is blamed", "[store]") {
  Tiers tiers;
  tiers.files.Break("/", What::kAll, absl::UnavailableError("Too many open files"));
  CHECK(absl::IsUnavailable(tiers.store->Open(*tiers.file, 1).status()));
  CHECK_FALSE(PutBlock(*tiers.store, tiers.file, 8, Bytes(8), {Tier::kSsd}).ok());
  Maintain(*tiers.store, 0);
  CHECK(tiers.store->FolderProblems().empty());
  tiers.files.Mend();
  Maintain(*tiers.store, 1);
  for (const uint32_t i : {0, 1, 2, 3}) CHECK(tiers.Read(i) == Bytes(i));
  CHECK(tiers.News().empty());
  CHECK(tiers.store->Stats().folder_failures == 0);
}

TEST_CASE("one damaged block does not cost the folder", "[store]") {
  Tiers tiers;
  tiers.real.Put("/ssd/blocks/00/0000000000000001-2.block", "rubbish");
  CHECK(tiers.Read(2).empty());
  Maintain(*tiers.store, 0);
  CHECK(tiers.store->FolderProblems().empty());
  CHECK(tiers.Read(1) == Bytes(1));
  CHECK(tiers.real.Below("/ssd/tmp").empty());
}

TEST_CASE("a mount point without its file system is not filled", "[store]") {
  Tiers tiers;
  // What was mounted is gone; what is seen now is an empty folder on another disk.
  std::vector<std::pair<std::string, std::string>> mounted;
  for (const std::string& path : tiers.real.Below("/ssd")) {
    mounted.emplace_back(path, tiers.real.Get(path));
    REQUIRE(tiers.real.Remove(path).ok());
  }
  CHECK(tiers.Read(1).empty());
  Maintain(*tiers.store, 0);
  CHECK(tiers.store->FolderProblems().size() == 1);
  Maintain(*tiers.store, 10);
  CHECK(tiers.real.Below("/ssd").empty());
  for (const auto& [path, bytes] : mounted) tiers.real.Put(path, bytes);
  Maintain(*tiers.store, 20);
  CHECK(tiers.store->FolderProblems().empty());
  for (const uint32_t i : {1, 2, 3}) CHECK(tiers.Read(i) == Bytes(i));
}

TEST_CASE("a write that was under way when its folder went is not taken for a block of it", "[store]") {
  Tiers tiers;
  auto writer = tiers.store->Begin(tiers.file, 8, {Tier::kSsd});
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Append(Bytes(8)).ok());
  tiers.files.Break("/ssd", What::kAll, absl::DataLossError("Input/output error"));
  CHECK(tiers.Read(1).empty());
  Maintain(*tiers.store, 0);
  REQUIRE(tiers.store->FolderProblems().size() == 1);
  tiers.News();
  tiers.files.Mend();
  // The folder waits for the write to end.
  Maintain(*tiers.store, 10);
  CHECK(tiers.store->FolderProblems().size() == 1);
  CHECK(absl::IsUnavailable((*writer)->Commit().status()));
  writer->reset();
  Maintain(*tiers.store, 20);
  CHECK(tiers.store->FolderProblems().empty());
  CHECK(tiers.News() == Entries{"+1/1 SSD", "+1/2 SSD", "+1/3 SSD"});
  CHECK(tiers.real.Below("/ssd/blocks").size() == 3);
  CHECK(tiers.real.Below("/ssd/tmp").empty());
  CHECK(tiers.store->Usage().at(1).used_bytes == 3 * kTestBlock);
  CHECK(PutBlock(*tiers.store, tiers.file, 8, Bytes(8), {Tier::kSsd}).ok());
}

TEST_CASE("of a block that was cached anew while its folder was away, the faster copy stays", "[store]") {
  Tiers tiers;
  tiers.files.Break("/ssd", What::kAll, absl::DataLossError("Input/output error"));
  CHECK(tiers.Read(1).empty());
  Maintain(*tiers.store, 0);
  REQUIRE(PutBlock(*tiers.store, tiers.file, 2, Bytes(2)).value() == Tier::kMem);
  tiers.News();
  tiers.files.Mend();
  Maintain(*tiers.store, 10);
  CHECK(tiers.News() == Entries{"+1/1 SSD", "+1/3 SSD"});
  CHECK(tiers.store->Open(*tiers.file, 2).value().tier == Tier::kMem);
  CHECK(tiers.real.Below("/ssd/blocks").size() == 2);
  CHECK(tiers.store->Usage().at(1).used_bytes == 2 * kTestBlock);
}

TEST_CASE("a folder that cannot be looked through at the start leaves the others at work", "[store]") {
  Tiers tiers;
  tiers.store.reset();
  tiers.store =
      std::make_unique<BlockStore>(TwoTiers(kTestBlock, 4 * kTestBlock), tiers.files, TestLru(), &tiers.diary);
  REQUIRE(tiers.store->Prepare().empty());
  tiers.files.Break("/ssd", What::kReads, absl::DataLossError("Input/output error"));
  const auto report = tiers.store->Recover(std::atomic<bool>(false));
  REQUIRE(report.ok());
  CHECK(report->folders_aside == 1);
  CHECK(report->blocks == 1);
  CHECK(tiers.Read(0) == Bytes(0));
  tiers.files.Mend();
  Maintain(*tiers.store, 0);
  CHECK(tiers.News() == Entries{"+1/1 SSD", "+1/2 SSD", "+1/3 SSD"});
}

TEST_CASE("too many open files at the start drop no block", "[store]") {
  Tiers tiers;
  tiers.store.reset();
  tiers.store =
      std::make_unique<BlockStore>(TwoTiers(kTestBlock, 4 * kTestBlock), tiers.files, TestLru(), &tiers.diary);
  REQUIRE(tiers.store->Prepare().empty());
  tiers.files.Break("/ssd/blocks/00/", What::kReads, absl::UnavailableError("Too many open files"));
  REQUIRE(tiers.store->Recover(std::atomic<bool>(false)).ok());
  tiers.files.Mend();
  Maintain(*tiers.store, 0);
  for (const uint32_t i : {1, 2, 3}) CHECK(tiers.Read(i) == Bytes(i));
  CHECK(tiers.store->Stats().torn_blocks == 0);
}
