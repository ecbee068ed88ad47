// The next block of a read, fetched while this one is handed out.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "cache_worker/store/read_through.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

bool Never() { return false; }

struct Reading {
  Reading() { origin.Put("/f", bytes); }
  const std::string bytes = PatternBytes(4 * kTestBlock, 1);
  FakeFileSystem disk;
  FakeOrigin origin;
  locus::FakeClock clock;
  std::unique_ptr<BlockStore> store = OpenStore(disk, OneTier(1 << 20));
  ReadThrough reads{origin, *store, 4, clock, [](locus::Duration) {}};
};

}  // namespace

TEST_CASE("the next block of the range is there when it is its turn", "[store]") {
  Reading r;
  std::string got;
  bool first = true;
  REQUIRE(
      r.reads
          .Read({"/f", 0, 2 * kTestBlock, false}, Never, ChunkSink([&](std::string_view chunk, std::optional<Tier>) {
                  // The first block is being handed out: nobody has asked for the second one yet.
                  if (std::exchange(first, false)) CHECK(Eventually([&] { return r.store->Stats().blocks == 2; }));
                  got += chunk;
                  return true;
                }))
          .ok());
  CHECK(got == r.bytes.substr(0, 2 * kTestBlock));
  // Beyond the range nothing is fetched.
  CHECK(r.store->Stats().blocks == 2);
}

TEST_CASE("a block that the read itself had fetched is no hit", "[store]") {
  Reading r;
  const auto read = [&] {
    return r.reads.Read({"/f", 0, 0, false}, Never, ChunkSink([&](std::string_view, std::optional<Tier>) {
                          Eventually([&] { return r.store->Stats().blocks >= 2; });
                          return true;
                        }));
  };
  REQUIRE(read().ok());
  CHECK(r.reads.stats().hits == 0);
  CHECK(r.reads.stats().misses == 4);
  REQUIRE(read().ok());
  CHECK(r.reads.stats().hits == 4);
  CHECK(r.reads.stats().fetched_bytes == r.bytes.size());
}

TEST_CASE("a read past the cache fetches nothing ahead", "[store]") {
  Reading r;
  REQUIRE(r.reads.Read({"/f", 0, 0, true}, Never, ChunkSink([](std::string_view, std::optional<Tier>) { return true; }))
              .ok());
  CHECK(r.store->Stats().blocks == 0);
}

TEST_CASE("a read that ends gives up what it had begun ahead", "[store]") {
  Reading r;
  std::atomic<int> reads{0};
  std::atomic<bool> held{true};
  // The second fetch waits.
  r.origin.BeforeRead([&] {
    while (reads++ > 0 && held) std::this_thread::yield();
  });
  const absl::Status status =
      r.reads.Read({"/f", 0, 0, false}, Never, ChunkSink([](std::string_view, std::optional<Tier>) { return false; }));
  CHECK(absl::IsCancelled(status));
  held = false;
  // Block 1 was under way; blocks 2 and 3 were nobody's wish.
  CHECK(Eventually([&] { return r.reads.stats().fetching == 0; }));
  CHECK(r.store->Stats().blocks <= 2);
}

TEST_CASE("one who waits for a block that another read gave up fetches it anew", "[store]") {
  Reading r;
  for (int i = 0; i < 50; ++i) {
    r.store->Drop("/f");
    std::thread gives_up([&] {
      static_cast<void>(r.reads.Read({"/f", 0, 0, false}, Never,
                                     ChunkSink([](std::string_view, std::optional<Tier>) { return false; })));
    });
    std::string got;
    const absl::Status status =
        r.reads.Read({"/f", kTestBlock, 0, false}, Never, ChunkSink([&](std::string_view chunk, std::optional<Tier>) {
                       got += chunk;
                       return true;
                     }));
    gives_up.join();
    INFO(locus::MessageOf(status));
    CHECK(status.ok());
    CHECK(got == r.bytes.substr(kTestBlock));
  }
}
