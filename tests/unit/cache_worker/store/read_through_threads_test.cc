// Readers, writers and evictors at once. What is looked for shows best under ThreadSanitizer.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "cache_worker/store/read_through.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

bool Never() { return false; }

}  // namespace

TEST_CASE("a block that many read at once is fetched once", "[store]") {
  constexpr int kReaders = 8;
  FakeFileSystem disk;
  FakeOrigin origin;
  const locus::FakeClock clock;
  auto store = OpenStore(disk, OneTier(1 << 20));
  ReadThrough reads(origin, *store, 4, clock, [](locus::Duration) {});
  const std::string bytes = PatternBytes(kTestBlock, 1);
  origin.Put("/f", bytes);
  // The fetch holds until all readers have missed.
  origin.BeforeRead([&] { Eventually([&] { return reads.stats().misses == kReaders; }); });
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kReaders; ++i) {
    threads.emplace_back([&] {
      std::string got;
      const auto status = reads.Read({"/f", 0, 0, false}, Never, [&](std::string_view chunk, std::optional<Tier>) {
        got += chunk;
        return true;
      });
      if (status.ok() && got == bytes) ++right;
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(right == kReaders);
  CHECK(origin.reads() == 1);
  CHECK(reads.stats().fetched_bytes == kTestBlock);
}

TEST_CASE("a waiting reader takes over when the one that fetched was cancelled", "[store]") {
  FakeFileSystem disk;
  FakeOrigin origin;
  const locus::FakeClock clock;
  BlockStoreOptions options = OneTier(8 << 20);
  options.block_bytes = 2 << 20;
  auto store = OpenStore(disk, options);
  ReadThrough reads(origin, *store, 4, clock, [](locus::Duration) {});
  origin.Put("/f", PatternBytes(2 << 20, 1));
  const auto file = std::make_shared<const FileFacts>(reads.Resolve("/f").value());
  std::atomic<bool> first_cancelled{false}, second_waits{false};
  origin.BeforeRead([&] { Eventually([&] { return second_waits.load(); }); });
  absl::Status first_status, second_status;
  std::thread first([&] { first_status = reads.Ensure(file, 0, {}, [&] { return first_cancelled.load(); }).status(); });
  REQUIRE(Eventually([&] { return origin.reads() == 1; }));
  std::thread second([&] {
    int asked = 0;
    second_status = reads
                        .Ensure(file, 0, {},
                                [&] {
                                  // Asked once before waiting, then while waiting.
                                  if (++asked == 2) {
                                    first_cancelled = true;
                                    second_waits = true;
                                  }
                                  return false;
                                })
                        .status();
  });
  first.join();
  second.join();
  CHECK(absl::IsCancelled(first_status));
  CHECK(second_status.ok());
  CHECK(store->Stats().blocks == 1);
}

TEST_CASE("no more fetches run at once than are allowed", "[store]") {
  FakeFileSystem disk;
  FakeOrigin origin;
  const locus::FakeClock clock;
  auto store = OpenStore(disk, OneTier(1 << 20));
  ReadThrough reads(origin, *store, 2, clock, [](locus::Duration) {});
  for (int i = 0; i < 6; ++i) origin.Put("/" + std::to_string(i), PatternBytes(8 * kTestBlock, 1));
  origin.BeforeRead([] { std::this_thread::yield(); });
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const ReadRange range{"/" + std::to_string(i), 0, 0, i % 2 == 0};
      static_cast<void>(reads.Read(range, Never, [](std::string_view, std::optional<Tier>) { return true; }));
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(origin.most_reads_at_once() <= 2);
  CHECK(origin.reads() == 48);
}

TEST_CASE("readers, evictions, drops and changes of files at once serve no wrong byte", "[store]") {
  constexpr uint64_t kQuota = 5 * kTestBlock;
  FakeFileSystem disk;
  disk.WatchPeak("/mem");
  disk.WatchPeak("/ssd");
  FakeOrigin origin;
  const locus::FakeClock clock;
  auto store = OpenStore(disk, TwoTiers(2 * kTestBlock, kQuota));
  ReadThrough reads(origin, *store, 4, clock, [](locus::Duration) {});
  constexpr uint32_t kFiles = 4;
  const auto bytes_of = [](uint32_t file, uint32_t version) {
    return PatternBytes(4 * kTestBlock, file * 100 + version);
  };
  for (uint32_t f = 0; f < kFiles; ++f) origin.Put("/f" + std::to_string(f), bytes_of(f, 0));
  std::atomic<int> wrong{0}, whole{0};
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < 150; ++i) {
        const uint32_t f = (i * 7 + t) % kFiles;
        std::string got;
        const auto status = reads.Read({"/f" + std::to_string(f), 0, 0, i % 5 == 0}, Never,
                                       [&](std::string_view chunk, std::optional<Tier>) {
                                         got += chunk;
                                         return true;
                                       });
        bool prefix_of_some = false;
        for (uint32_t v = 0; v < 20 && !prefix_of_some; ++v)
          prefix_of_some = bytes_of(f, v).compare(0, got.size(), got) == 0;
        if (!prefix_of_some || (status.ok() && got.size() != 4 * kTestBlock)) ++wrong;
        if (status.ok()) ++whole;
      }
    });
  }
  threads.emplace_back([&] {
    for (uint32_t v = 1; v < 20; ++v) {
      origin.Put("/f0", bytes_of(0, v));
      store->Drop("/f1");
      store->Usage();
      store->Snapshot([] {});
    }
  });
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
  CHECK(whole > 0);
  // A trailer here is 8 + 3 + 72 bytes.
  CHECK(disk.PeakBytes("/mem") <= 2 * (kTestBlock + 83));
  CHECK(disk.PeakBytes("/ssd") <= 5 * (kTestBlock + 83));
  CHECK(disk.open_readers() == 0);
  CHECK(disk.Below("/ssd/tmp").empty());
}
