#include "cache_worker/store/read_through.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "cache_worker/store/block_format.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/faulty_file_system.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

bool Never() { return false; }

struct Cache {
  explicit Cache(const BlockStoreOptions& options = OneTier(1 << 20))
      : faulty(disk), store(OpenStore(faulty, options)) {}

  struct Answer {
    absl::Status status;
    std::string bytes;
    // Source of each chunk.
    std::vector<std::optional<Tier>> sources;
  };
  Answer Read(const ReadRange& range) {
    Answer answer;
    answer.status = reads.Read(range, Never, [&](std::string_view bytes, std::optional<Tier> source) {
      answer.bytes += bytes;
      answer.sources.push_back(source);
      return true;
    });
    return answer;
  }
  Answer ReadAll(const std::string& path) { return Read({path, 0, 0, false}); }

  FakeFileSystem disk;
  FaultyFileSystem faulty;
  FakeOrigin origin;
  locus::FakeClock clock;
  int fetches = 0;
  std::unique_ptr<BlockStore> store;
  ReadThrough reads{origin, *store, 2, clock, [this](locus::Duration) { ++fetches; }};
};

}  // namespace

TEST_CASE("every range of a file is the file's bytes, cold and warm", "[store]") {
  Cache cache;
  const uint64_t length = 3 * kTestBlock + 100;
  const std::string bytes = PatternBytes(length, 1);
  cache.origin.Put("/f", bytes);
  const uint64_t edges[] = {0, 1, kTestBlock - 1, kTestBlock, kTestBlock + 1, 3 * kTestBlock, length - 1, length};
  for (const uint64_t offset : edges) {
    for (const uint64_t wanted :
         {uint64_t{0}, uint64_t{1}, uint64_t{99}, kTestBlock, 2 * kTestBlock + 7, length, length + 1}) {
      INFO("offset " << offset << " length " << wanted);
      cache.store->Drop("/f");
      const std::string expected = bytes.substr(offset, wanted == 0 ? std::string::npos : wanted);
      for (const bool no_cache : {true, false, false}) {
        const auto answer = cache.Read({"/f", offset, wanted, no_cache});
        CHECK(answer.status.ok());
        CHECK(answer.bytes == expected);
      }
    }
  }
  CHECK(absl::IsOutOfRange(cache.Read({"/f", length + 1, 0, false}).status));
}

TEST_CASE("the first read comes from the under-store, the next from the tier", "[store]") {
  Cache cache;
  cache.origin.Put("/f", PatternBytes(2 * kTestBlock, 1));
  CHECK(cache.ReadAll("/f").sources == std::vector<std::optional<Tier>>{std::nullopt, std::nullopt});
  const int reads = cache.origin.reads();
  CHECK(cache.ReadAll("/f").sources == std::vector<std::optional<Tier>>{Tier::kSsd, Tier::kSsd});
  CHECK(cache.origin.reads() == reads);
  CHECK(cache.reads.stats().hits == 2);
  CHECK(cache.reads.stats().misses == 2);
  CHECK(cache.reads.stats().bytes[0] == 2 * kTestBlock);
  CHECK(cache.reads.stats().bytes[static_cast<size_t>(Tier::kSsd)] == 2 * kTestBlock);
  CHECK(cache.fetches == 2);
}

TEST_CASE("a block of several chunks comes in chunks of at most a mebibyte", "[store]") {
  BlockStoreOptions options = OneTier(8 << 20);
  options.block_bytes = 3 * kChunkBytes;
  Cache cache(options);
  const std::string bytes = PatternBytes(4 * kChunkBytes + 5, 3);
  cache.origin.Put("/f", bytes);
  for (int i = 0; i < 2; ++i) {
    std::string got;
    size_t largest = 0;
    const auto status = cache.reads.Read({"/f", 10, 0, false}, Never, [&](std::string_view chunk, std::optional<Tier>) {
      largest = std::max(largest, chunk.size());
      got += chunk;
      return true;
    });
    CHECK(status.ok());
    CHECK(got == bytes.substr(10));
    CHECK(largest == kChunkBytes);
  }
}

TEST_CASE("no_cache keeps nothing, and uses what is there", "[store]") {
  Cache cache;
  cache.origin.Put("/f", PatternBytes(100, 1));
  CHECK(cache.Read({"/f", 0, 0, true}).status.ok());
  CHECK(cache.store->Stats().blocks == 0);
  cache.ReadAll("/f");
  CHECK(cache.Read({"/f", 0, 0, true}).sources == std::vector<std::optional<Tier>>{Tier::kSsd});
}

TEST_CASE("an empty file is read as nothing", "[store]") {
  Cache cache;
  cache.origin.Put("/f", "");
  CHECK(cache.ReadAll("/f").status.ok());
  CHECK(cache.ReadAll("/f").bytes.empty());
}

TEST_CASE("a block that no tier can take is read past the cache", "[store]") {
  Cache cache(OneTier(kTestBlock - 1));
  const std::string bytes = PatternBytes(2 * kTestBlock, 1);
  cache.origin.Put("/f", bytes);
  const auto answer = cache.ReadAll("/f");
  CHECK(answer.status.ok());
  CHECK(answer.bytes == bytes);
  CHECK(cache.reads.stats().bypassed == 2);
  CHECK(cache.store->Stats().blocks == 0);
}

TEST_CASE("a changed file is read anew and its old blocks go", "[store]") {
  Cache cache;
  cache.origin.Put("/f", PatternBytes(2 * kTestBlock, 1));
  cache.ReadAll("/f");
  const std::string after = PatternBytes(2 * kTestBlock, 2);
  cache.origin.Put("/f", after);
  CHECK(cache.ReadAll("/f").bytes == after);
  CHECK(cache.store->Stats().blocks == 2);
}

TEST_CASE("a file that is gone is NOT_FOUND and its blocks go", "[store]") {
  Cache cache;
  cache.origin.Put("/f", PatternBytes(kTestBlock, 1));
  cache.ReadAll("/f");
  cache.origin.Remove("/f");
  CHECK(absl::IsNotFound(cache.ReadAll("/f").status));
  CHECK(cache.store->Stats().blocks == 0);
}

TEST_CASE("an under-store out of reach is UNAVAILABLE and the cache stays", "[store]") {
  Cache cache;
  cache.origin.Put("/f", PatternBytes(kTestBlock, 1));
  cache.ReadAll("/f");
  cache.origin.Fail(locus::Unavailable("no network"));
  CHECK(absl::IsUnavailable(cache.ReadAll("/f").status));
  CHECK(cache.store->Stats().blocks == 1);
}

TEST_CASE("a file that changes before its first byte is handed out is read again", "[store]") {
  Cache cache;
  const std::string after = PatternBytes(2 * kTestBlock, 2);
  cache.origin.Put("/f", PatternBytes(2 * kTestBlock, 1));
  bool changed = false;
  cache.origin.BeforeRead([&] {
    if (!changed) cache.origin.Put("/f", after);
    changed = true;
  });
  const auto answer = cache.ReadAll("/f");
  CHECK(answer.status.ok());
  CHECK(answer.bytes == after);
  CHECK(cache.reads.stats().changed == 1);
}

TEST_CASE("a file that changes in the middle ends the read, never mixes", "[store]") {
  Cache cache;
  const std::string before = PatternBytes(3 * kTestBlock, 1);
  cache.origin.Put("/f", before);
  int reads = 0;
  cache.origin.BeforeRead([&] {
    if (++reads == 2) cache.origin.Put("/f", PatternBytes(3 * kTestBlock, 2));
  });
  const auto answer = cache.ReadAll("/f");
  CHECK(absl::IsUnavailable(answer.status));
  CHECK(answer.bytes == before.substr(0, kTestBlock));
}

TEST_CASE("a file that never holds still ends in UNAVAILABLE", "[store]") {
  Cache cache;
  cache.origin.Put("/f", PatternBytes(kTestBlock, 1));
  uint32_t seed = 2;
  cache.origin.BeforeRead([&] { cache.origin.Put("/f", PatternBytes(kTestBlock, ++seed)); });
  const auto answer = cache.ReadAll("/f");
  CHECK(absl::IsUnavailable(answer.status));
  CHECK(answer.bytes.empty());
  CHECK(cache.store->Stats().blocks == 0);
}

TEST_CASE("a damaged block is dropped and the rest comes from the under-store", "[store]") {
  BlockStoreOptions options = OneTier(8 << 20);
  options.block_bytes = 3 * kChunkBytes;
  Cache cache(options);
  const std::string bytes = PatternBytes(3 * kChunkBytes, 3);
  cache.origin.Put("/f", bytes);
  cache.ReadAll("/f");
  cache.disk.Flip(cache.disk.Below("/ssd/blocks").at(0), kChunkBytes + 9);
  const auto answer = cache.ReadAll("/f");
  CHECK(answer.status.ok());
  CHECK(answer.bytes == bytes);
  CHECK(answer.sources == std::vector<std::optional<Tier>>{Tier::kSsd, std::nullopt, std::nullopt});
  CHECK(cache.store->Stats().torn_blocks == 1);
  CHECK(cache.ReadAll("/f").bytes == bytes);
  CHECK(cache.store->Stats().blocks == 1);
}

TEST_CASE("whichever call of the disk fails, a read gets the file's bytes", "[store]") {
  using Mode = FaultyFileSystem::Mode;
  const std::string bytes = PatternBytes(3 * kTestBlock, 5);
  for (const Mode mode : {Mode::kOnce, Mode::kAfterwards, Mode::kFromThen}) {
    for (int n = 1;; ++n) {
      INFO("call " << n << " mode " << static_cast<int>(mode));
      Cache cache(OneTier(2 * kTestBlock));
      cache.origin.Put("/f", bytes);
      cache.faulty.Arm(n, mode);
      for (int i = 0; i < 3; ++i) {
        const auto answer = cache.ReadAll("/f");
        CHECK(answer.status.ok());
        CHECK(answer.bytes == bytes);
      }
      if (!cache.faulty.fired()) break;
    }
  }
}

TEST_CASE("a reader that wants no more ends the read", "[store]") {
  Cache cache;
  cache.origin.Put("/f", PatternBytes(3 * kTestBlock, 1));
  int chunks = 0;
  const auto status =
      cache.reads.Read({"/f", 0, 0, false}, Never, [&](std::string_view, std::optional<Tier>) { return ++chunks < 2; });
  CHECK(absl::IsCancelled(status));
  CHECK(chunks == 2);
}

TEST_CASE("a cancelled fetch leaves nothing half", "[store]") {
  BlockStoreOptions options = OneTier(8 << 20);
  options.block_bytes = 3 * kChunkBytes;
  Cache cache(options);
  cache.origin.Put("/f", PatternBytes(3 * kChunkBytes, 1));
  const auto file = std::make_shared<const FileFacts>(cache.reads.Resolve("/f").value());
  const auto status = cache.reads.Ensure(file, 0, {}, [&] { return cache.origin.reads() >= 1; }).status();
  CHECK(absl::IsCancelled(status));
  CHECK(cache.store->Stats().blocks == 0);
  CHECK(cache.disk.Below("/ssd/tmp").empty());
  CHECK(cache.reads.Ensure(file, 0, {}, Never).value());
  CHECK_FALSE(cache.reads.Ensure(file, 0, {}, Never).value());
}

TEST_CASE("a block that cannot be made room for is told as such", "[store]") {
  Cache cache(OneTier(kTestBlock - 1));
  cache.origin.Put("/f", PatternBytes(kTestBlock, 1));
  const auto file = std::make_shared<const FileFacts>(cache.reads.Resolve("/f").value());
  CHECK(absl::IsResourceExhausted(cache.reads.Ensure(file, 0, {}, Never).status()));
  CHECK(absl::IsResourceExhausted(cache.reads.Ensure(file, uint64_t{1} << 32, {}, Never).status()));
}
