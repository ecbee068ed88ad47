// Blocks of the tier MEM, read where they lie: on a real file system.
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "cache_worker/store/block_format.h"
#include "cache_worker/store/posix_file_system.h"
#include "cache_worker/store/read_through.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/temp_folder.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

constexpr uint64_t kBytes = 2 * kChunkBytes + 12345;

bool Never() { return false; }

BlockStoreOptions Options(const std::string& folder) {
  BlockStoreOptions options =
      TestOptions({{Tier::kMem, folder + "/mem", 2 * kBytes}, {Tier::kSsd, folder + "/ssd", 8 * kBytes}});
  options.block_bytes = kBytes;
  return options;
}

// A worker's cache on files of its own, with one file of one block at its under-store.
struct Cache {
  Cache() { origin.Put("/f", bytes); }

  // Of `path`, kept as they are handed out; true as the second when all were in place.
  struct Answer {
    absl::Status status;
    std::string bytes;
    std::vector<ChunkOut> chunks;
    bool in_place = true;
  };
  Answer Read(const std::string& path, uint64_t offset = 0, uint64_t length = 0) {
    Answer answer;
    answer.status =
        reads.Read({path, offset, length, false}, Never, ChunkTaker([&](const ChunkOut& chunk, std::optional<Tier>) {
                     answer.bytes += chunk.bytes;
                     answer.in_place = answer.in_place && chunk.holder != nullptr;
                     answer.chunks.push_back(chunk);
                     return true;
                   }));
    return answer;
  }
  // The one block file of that tier's folder.
  std::filesystem::path BlockFile(const std::string& tier) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() + "/" + tier)) {
      if (entry.is_regular_file() && entry.file_size() >= kBytes) return entry.path();
    }
    FAIL("no block in " << tier);
    return {};
  }
  // Mappings of files below this cache's folder, by what the kernel says (proc(5)).
  size_t Mappings() const {
    std::ifstream maps("/proc/self/maps");
    size_t found = 0;
    for (std::string line; std::getline(maps, line);) found += line.find(folder.path()) != std::string::npos;
    return found;
  }

  TempFolder folder;
  const std::string bytes = PatternBytes(kBytes, 1);
  PosixFileSystem files;
  FakeOrigin origin;
  locus::FakeClock clock;
  std::unique_ptr<BlockStore> store = OpenStore(files, Options(folder.path()));
  ReadThrough reads{origin, *store, 2, clock, [](locus::Duration) {}};
};

}  // namespace

TEST_CASE("a block in memory is handed out where it lies, all ranges of it", "[store]") {
  Cache cache;
  REQUIRE(cache.Read("/f").status.ok());
  for (const uint64_t offset : {uint64_t{0}, uint64_t{1}, kChunkBytes - 1, kChunkBytes, 2 * kChunkBytes, kBytes - 1}) {
    for (const uint64_t length : {uint64_t{0}, uint64_t{1}, kChunkBytes, kChunkBytes + 1}) {
      INFO("offset " << offset << " length " << length);
      const Cache::Answer answer = cache.Read("/f", offset, length);
      CHECK(answer.status.ok());
      CHECK(answer.in_place);
      CHECK(answer.bytes == cache.bytes.substr(offset, length == 0 ? std::string::npos : length));
    }
  }
  CHECK(cache.Mappings() == 1);
  CHECK(cache.origin.reads() == 3);
}

TEST_CASE("a block in another tier is read by calls", "[store]") {
  Cache cache;
  const auto file = std::make_shared<const FileFacts>(cache.reads.Resolve("/f").value());
  PutOptions options;
  options.tier = Tier::kSsd;
  REQUIRE(cache.reads.Ensure(file, 0, options, Never).ok());
  const Cache::Answer answer = cache.Read("/f");
  CHECK(answer.bytes == cache.bytes);
  CHECK_FALSE(answer.in_place);
  CHECK(cache.Mappings() == 0);
}

TEST_CASE("pages go with their block, once those who hold them are done", "[store]") {
  Cache cache;
  cache.Read("/f");
  {
    const Cache::Answer held = cache.Read("/f");
    REQUIRE(held.in_place);
    cache.store->Drop("/f");
    CHECK(cache.Mappings() == 1);
    std::string again;
    for (const ChunkOut& chunk : held.chunks) again += chunk.bytes;
    CHECK(again == cache.bytes);
  }
  CHECK(cache.Mappings() == 0);
}

TEST_CASE("a block that moves to a slower tier leaves no pages behind", "[store]") {
  Cache cache;
  cache.Read("/f");
  REQUIRE(cache.Read("/f").in_place);
  cache.origin.Put("/g", PatternBytes(kBytes, 2));
  cache.origin.Put("/h", PatternBytes(kBytes, 3));
  for (const std::string path : {"/g", "/h"}) cache.Read(path);
  for (int seconds = 0; seconds < 60; ++seconds) Maintain(*cache.store, seconds);
  // Two blocks at most are in memory.
  size_t in_place = 0;
  for (const std::string path : {"/f", "/g", "/h"}) in_place += cache.Read(path).in_place ? 1 : 0;
  CHECK(in_place <= 2);
  CHECK(cache.Mappings() == in_place);
}

TEST_CASE("a byte that changed in memory is found at the next read, and the block is fetched anew", "[store]") {
  Cache cache;
  cache.Read("/f");
  REQUIRE(cache.Read("/f").in_place);
  {
    std::fstream file(cache.BlockFile("mem"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(kChunkBytes + 7);
    file.put(static_cast<char>(~cache.bytes[kChunkBytes + 7]));
  }
  for (int i = 0; i < 2; ++i) {
    const Cache::Answer answer = cache.Read("/f");
    CHECK(answer.status.ok());
    CHECK(answer.bytes == cache.bytes);
  }
  CHECK(cache.store->Stats().torn_blocks == 1);
  CHECK(cache.Read("/f").in_place);
}

TEST_CASE("a byte that changes behind the reader's back, while a chunk is sent, is found before it is", "[store]") {
  // The sum of the next chunk may have been taken already, by another thread.
  for (int i = 0; i < 10; ++i) {
    Cache cache;
    cache.Read("/f");
    REQUIRE(cache.Read("/f").in_place);
    // Of a file that has just been written, nobody takes sums beforehand.
    std::this_thread::sleep_for(std::chrono::milliseconds(i % 2 == 0 ? 0 : 150));
    const std::filesystem::path path = cache.BlockFile("mem");
    std::string bytes;
    const absl::Status status = cache.reads.Read({"/f", 0, 0, false}, Never, [&](std::string_view chunk, auto) {
      bytes += chunk;
      if (bytes.size() != kChunkBytes) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(i));
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(kChunkBytes + 7);
      file.put(static_cast<char>(~cache.bytes[kChunkBytes + 7]));
      return true;
    });
    CHECK(status.ok());
    CHECK(bytes == cache.bytes);
    CHECK(cache.store->Stats().torn_blocks == 1);
  }
}

TEST_CASE("a block file that is cut short while it is mapped costs its readers nothing but time", "[store]") {
  Cache cache;
  cache.Read("/f");
  // Both while it is open, and before the next reader opens it.
  for (const uint64_t left : {uint64_t{0}, uint64_t{4096}, kChunkBytes + 5}) {
    INFO(left);
    REQUIRE(cache.Read("/f").in_place);
    const std::filesystem::path file = cache.BlockFile("mem");
    std::string bytes;
    bool cut = false;
    const absl::Status status = cache.reads.Read({"/f", 0, 0, false}, Never, [&](std::string_view chunk, auto) {
      bytes += chunk;
      if (!cut) std::filesystem::resize_file(file, left);
      cut = true;
      return true;
    });
    CHECK(status.ok());
    CHECK(bytes == cache.bytes);
    CHECK(cache.Read("/f").bytes == cache.bytes);
  }
}
