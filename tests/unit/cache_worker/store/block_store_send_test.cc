// Blocks handed out as descriptors, past the checks of each chunk.
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "cache_worker/store/block_store.h"
#include "cache_worker/store/scrub.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/faulty_file_system.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

constexpr uint64_t kBytes = kChunkBytes * 2 + 5;

BlockStoreOptions LargeBlocks() {
  BlockStoreOptions options = OneTier(1 << 30);
  options.block_bytes = kBytes;
  return options;
}

std::shared_ptr<const FileFacts> LargeFile() {
  return std::make_shared<const FileFacts>(FileFacts{1, "/f", 2 * kBytes, kBytes, 1000});
}

std::string Bytes() { return PatternBytes(kBytes, 1); }

void PutLarge(BlockStore& store, uint32_t index) {
  auto writer = store.Begin(LargeFile(), index, {});
  REQUIRE(writer.ok());
  for (uint64_t at = 0; at < kBytes; at += kChunkBytes) {
    REQUIRE((*writer)->Append(std::string_view(Bytes()).substr(at, kChunkBytes)).ok());
  }
  REQUIRE((*writer)->Commit().ok());
}

// A block file that an earlier run left.
struct Earlier {
  Earlier() { PutLarge(*OpenStore(files, LargeBlocks()), 0); }
  FakeFileSystem files;
};

std::string BytesOf(const BlockStore::Sendable& block) {
  std::string bytes(block.bytes, '\0');
  CHECK(::pread(block.descriptor.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return bytes;
}

}  // namespace

TEST_CASE("a block that this process wrote is sent without another look", "[store]") {
  FakeFileSystem real;
  FaultyFileSystem files(real);
  auto store = OpenStore(files, LargeBlocks());
  PutLarge(*store, 0);
  CHECK(store->Open(*LargeFile(), 0).value().verified);
  const auto sent = store->OpenForSend(*LargeFile(), 0);
  REQUIRE(sent.ok());
  CHECK(sent->bytes == kBytes);
  CHECK(sent->tier == Tier::kSsd);
  CHECK(BytesOf(*sent) == Bytes());
  store->Drop("/f");
  CHECK(BytesOf(*sent) == Bytes());
  CHECK(absl::IsNotFound(store->OpenForSend(*LargeFile(), 0).status()));
  CHECK(real.open_readers() == 0);
}

TEST_CASE("a block of an earlier run is verified before it is sent, once", "[store]") {
  Earlier earlier;
  auto store = OpenStore(earlier.files, LargeBlocks());
  CHECK_FALSE(store->Open(*LargeFile(), 0).value().verified);
  const auto sent = store->OpenForSend(*LargeFile(), 0);
  REQUIRE(sent.ok());
  CHECK(BytesOf(*sent) == Bytes());
  CHECK(store->Open(*LargeFile(), 0).value().verified);
}

TEST_CASE("a damaged block of an earlier run is dropped instead of sent", "[store]") {
  Earlier earlier;
  earlier.files.Flip(earlier.files.Below("/ssd/blocks").at(0), kChunkBytes + 17);
  auto store = OpenStore(earlier.files, LargeBlocks());
  CHECK(absl::IsNotFound(store->OpenForSend(*LargeFile(), 0).status()));
  CHECK(store->Stats().torn_blocks == 1);
  CHECK(store->Stats().blocks == 0);
  CHECK(earlier.files.Below("/ssd/blocks").empty());
}

TEST_CASE("a block read whole, or passed by the scrub, counts as verified, a part of it does not", "[store]") {
  Earlier earlier;
  auto store = OpenStore(earlier.files, LargeBlocks());
  SECTION("scrub") {
    const locus::FakeClock clock;
    Scrub(*store, store->Snapshot([] {}), 1e12, clock, [](locus::Duration) { return true; });
    CHECK(store->Open(*LargeFile(), 0).value().verified);
  }
  SECTION("front to back") {
    auto open = store->Open(*LargeFile(), 0);
    std::string chunk;
    for (const uint64_t i : {0, 1}) REQUIRE(open->reader->ReadChunk(i, chunk).ok());
    CHECK_FALSE(open->reader->read_whole());
    REQUIRE(open->reader->ReadChunk(2, chunk).ok());
    CHECK(open->reader->read_whole());
  }
  SECTION("not all of it") {
    auto open = store->Open(*LargeFile(), 0);
    std::string chunk;
    for (const uint64_t i : {0, 2, 2}) REQUIRE(open->reader->ReadChunk(i, chunk).ok());
    CHECK_FALSE(open->reader->read_whole());
  }
  SECTION("another copy than the one told of") {
    const uint64_t serial = store->Open(*LargeFile(), 0).value().serial;
    store->MarkVerified(*LargeFile(), 0, serial + 1);
    CHECK_FALSE(store->Open(*LargeFile(), 0).value().verified);
    store->MarkVerified(*LargeFile(), 0, serial);
    CHECK(store->Open(*LargeFile(), 0).value().verified);
  }
}

TEST_CASE("a disk that cannot be read now keeps the block that was to be verified", "[store]") {
  Earlier earlier;
  FaultyFileSystem files(earlier.files);
  auto store = OpenStore(files, LargeBlocks());
  // Open, size, footer, trailer, then the chunks.
  files.Arm(6, FaultyFileSystem::Mode::kOnce, absl::UnavailableError("no memory"));
  CHECK(absl::IsUnavailable(store->OpenForSend(*LargeFile(), 0).status()));
  REQUIRE(files.fired());
  CHECK(store->Stats().blocks == 1);
  CHECK(store->OpenForSend(*LargeFile(), 0).ok());
}

TEST_CASE("many who ask at once get whole blocks, with drops and writes between them", "[store]") {
  Earlier earlier;
  auto store = OpenStore(earlier.files, LargeBlocks());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto block = store->OpenForSend(*LargeFile(), 0);
        if (!block.ok()) continue;
        std::string bytes(block->bytes, '\0');
        if (::pread(block->descriptor.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(kBytes) ||
            bytes != Bytes()) {
          ++wrong;
        }
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    store->Drop("/f");
    auto writer = store->Begin(LargeFile(), 0, {});
    if (!writer.ok()) continue;
    for (uint64_t at = 0; at < kBytes; at += kChunkBytes) {
      static_cast<void>((*writer)->Append(std::string_view(Bytes()).substr(at, kChunkBytes)));
    }
    static_cast<void>((*writer)->Commit());
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(earlier.files.open_readers() == 0);
}
