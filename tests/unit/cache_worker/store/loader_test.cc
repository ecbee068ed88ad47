#include "cache_worker/store/loader.h"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

bool Never() { return false; }

struct Loading {
  explicit Loading(const BlockStoreOptions& options = TwoTiers(1 << 20, 1 << 20)) : store(OpenStore(disk, options)) {}

  absl::Status Run(const LoadOptions& options) {
    return loader.Run(options, Never, [this](const LoadState& state) {
      last = state;
      return true;
    });
  }
  std::set<std::string> CachedPaths() {
    std::set<std::string> paths;
    for (const StoredBlock& block : store->Snapshot([] {})) paths.insert(block.file->path);
    return paths;
  }

  FakeFileSystem disk;
  FakeOrigin origin;
  locus::FakeClock clock;
  std::unique_ptr<BlockStore> store;
  ReadThrough reads{origin, *store, 4, clock, [](locus::Duration) {}};
  Loader loader{reads, clock, 3};
  LoadState last;
};

}  // namespace

TEST_CASE("a folder is loaded whole, and what is there is not fetched again", "[store]") {
  Loading l;
  l.origin.Put("/d/a", PatternBytes(2 * kTestBlock + 5, 1));
  l.origin.Put("/d/b", PatternBytes(10, 2));
  l.origin.Put("/d/empty", "");
  l.origin.Put("/e", PatternBytes(10, 2));
  REQUIRE(l.Run({"/d", std::nullopt, 0, 0}).ok());
  CHECK(l.last.done);
  CHECK(l.last.files_total == 3);
  CHECK(l.last.files_done == 3);
  CHECK(l.last.bytes_total == 2 * kTestBlock + 15);
  CHECK(l.last.bytes_done == l.last.bytes_total);
  CHECK(l.last.bytes_fetched == l.last.bytes_total);
  CHECK(l.last.problems.empty());
  CHECK(l.CachedPaths() == std::set<std::string>{"/d/a", "/d/b"});
  REQUIRE(l.Run({"/d", std::nullopt, 0, 0}).ok());
  CHECK(l.last.bytes_done == l.last.bytes_total);
  CHECK(l.last.bytes_fetched == 0);
}

TEST_CASE("a load puts new blocks into the tier that it names", "[store]") {
  Loading l;
  l.origin.Put("/f", PatternBytes(3 * kTestBlock, 1));
  REQUIRE(l.Run({"/f", Tier::kSsd, 0, 0}).ok());
  for (const StoredBlock& block : l.store->Snapshot([] {})) CHECK(block.tier == Tier::kSsd);
  CHECK(l.store->Stats().blocks == 3);
}

TEST_CASE("shards divide a folder among them, by position in path order", "[store]") {
  std::set<std::string> all;
  for (uint32_t shard = 0; shard < 3; ++shard) {
    Loading l;
    for (const char* path : {"/d/a", "/d/b", "/d/c", "/d/d", "/d/e"}) l.origin.Put(path, PatternBytes(10, 1));
    REQUIRE(l.Run({"/d", std::nullopt, 3, shard}).ok());
    const auto cached = l.CachedPaths();
    if (shard == 0) CHECK(cached == std::set<std::string>{"/d/a", "/d/d"});
    if (shard == 2) CHECK(cached == std::set<std::string>{"/d/c"});
    for (const std::string& path : cached) CHECK(all.insert(path).second);
  }
  CHECK(all.size() == 5);
}

TEST_CASE("what a load cannot mean is refused", "[store]") {
  Loading l;
  l.origin.Put("/f", "x");
  CHECK(absl::IsInvalidArgument(l.Run({"/f", std::nullopt, 2, 2})));
  CHECK(absl::IsInvalidArgument(l.Run({"f", std::nullopt, 0, 0})));
  const absl::Status no_tier = l.Run({"/f", Tier::kHdd, 0, 0});
  CHECK(absl::IsInvalidArgument(no_tier));
  CHECK(locus::MessageOf(no_tier) == "tier: this worker has no HDD, it has MEM, SSD");
  CHECK(absl::IsNotFound(l.Run({"/none", std::nullopt, 0, 0})));
}

TEST_CASE("a load that does not fit keeps what it loaded and names the rest", "[store]") {
  Loading l(OneTier(2 * kTestBlock));
  l.origin.Put("/d/a", PatternBytes(kTestBlock, 1));
  l.origin.Put("/d/b", PatternBytes(kTestBlock, 2));
  l.origin.Put("/d/c", PatternBytes(kTestBlock, 3));
  Loader one_by_one(l.reads, l.clock, 1);
  REQUIRE(one_by_one
              .Run({"/d", std::nullopt, 0, 0}, Never,
                   [&](const LoadState& state) {
                     l.last = state;
                     return true;
                   })
              .ok());
  CHECK(l.last.files_done == 2);
  CHECK(l.last.bytes_done == 2 * kTestBlock);
  REQUIRE(l.last.problems.size() == 1);
  CHECK(l.last.problems[0].substr(0, 6) == "/d/c: ");
  CHECK(l.CachedPaths() == std::set<std::string>{"/d/a", "/d/b"});
  CHECK(l.store->Stats().evictions == 0);
}

TEST_CASE("a load makes room by evicting what is older than itself", "[store]") {
  Loading l(OneTier(2 * kTestBlock));
  l.origin.Put("/old", PatternBytes(2 * kTestBlock, 1));
  l.origin.Put("/new", PatternBytes(kTestBlock, 2));
  REQUIRE(l.Run({"/old", std::nullopt, 0, 0}).ok());
  REQUIRE(l.Run({"/new", std::nullopt, 0, 0}).ok());
  CHECK(l.last.problems.empty());
  CHECK(l.store->Stats().evictions == 1);
}

TEST_CASE("problems are told for a hundred files at most", "[store]") {
  Loading l(OneTier(10));
  for (int i = 0; i < 150; ++i) l.origin.Put("/d/" + std::to_string(i), PatternBytes(11, 1));
  REQUIRE(l.Run({"/d", std::nullopt, 0, 0}).ok());
  CHECK(l.last.problems.size() == 100);
  CHECK(l.last.files_done == 0);
  CHECK(l.last.files_total == 150);
}

TEST_CASE("a cancelled load stops and keeps what was cached", "[store]") {
  Loading l;
  for (int i = 0; i < 50; ++i) l.origin.Put("/d/" + std::to_string(i), PatternBytes(kTestBlock, 1));
  const auto cancelled = [&] { return l.store->Stats().blocks >= 5; };
  bool told_done = false;
  const absl::Status status = l.loader.Run({"/d", std::nullopt, 0, 0}, cancelled, [&](const LoadState& state) {
    told_done = state.done;
    return true;
  });
  CHECK(absl::IsCancelled(status));
  CHECK_FALSE(told_done);
  CHECK(l.store->Stats().blocks >= 5);
  // Each of the three threads may have been in the middle of one more.
  CHECK(l.store->Stats().blocks <= 8);
}

TEST_CASE("a load whose client went away stops", "[store]") {
  Loading l;
  l.origin.Put("/f", PatternBytes(1000 * kTestBlock, 1));
  std::atomic<bool> told{false};
  // The fetches wait until progress was told once, so that the load cannot end before.
  l.origin.BeforeRead([&] {
    while (!told) std::this_thread::yield();
  });
  const absl::Status status = l.loader.Run({"/f", std::nullopt, 0, 0}, Never, [&](const LoadState&) {
    told = true;
    return false;
  });
  CHECK(absl::IsCancelled(status));
  CHECK(l.store->Stats().blocks < 1000);
}

TEST_CASE("a load keeps to its rate, however many threads it has", "[store]") {
  Loading l;
  l.origin.Put("/f", PatternBytes(20 * kTestBlock, 1));
  const locus::SteadyTime start = l.clock.Now();
  // Time passes only while somebody waits for the rate.
  Loader paced(l.reads, l.clock, 3, [&](locus::Duration time, const Cancelled&) { l.clock.Advance(time); });
  LoadOptions options;
  options.path = "/f";
  options.bytes_per_second = 2 * kTestBlock;
  REQUIRE(paced
              .Run(options, Never,
                   [&](const LoadState& state) {
                     l.last = state;
                     return true;
                   })
              .ok());
  CHECK(l.last.bytes_fetched == 20 * kTestBlock);
  // 20 blocks at 2 a second, of which a tenth of a second's worth may come at once.
  CHECK(locus::ToSeconds(l.clock.Now() - start) >= 9.9);
}

TEST_CASE("what is cached costs no time of the rate", "[store]") {
  Loading l;
  l.origin.Put("/f", PatternBytes(20 * kTestBlock, 1));
  REQUIRE(l.Run({"/f", std::nullopt, 0, 0}).ok());
  const locus::SteadyTime start = l.clock.Now();
  Loader paced(l.reads, l.clock, 3, [&](locus::Duration time, const Cancelled&) { l.clock.Advance(time); });
  LoadOptions options;
  options.path = "/f";
  options.bytes_per_second = 1;
  REQUIRE(paced
              .Run(options, Never,
                   [&](const LoadState& state) {
                     l.last = state;
                     return true;
                   })
              .ok());
  CHECK(l.last.bytes_done == 20 * kTestBlock);
  CHECK(l.last.bytes_fetched == 0);
  CHECK(l.clock.Now() == start);
}

TEST_CASE("a load that waits for its rate is cancelled soon", "[store]") {
  Loading l;
  l.origin.Put("/f", PatternBytes(20 * kTestBlock, 1));
  std::atomic<bool> cancelled{false};
  // The machine's clock, and a rate at which the load would take days.
  LoadOptions options;
  options.path = "/f";
  options.bytes_per_second = 1;
  const absl::Status status = l.loader.Run(
      options, [&] { return cancelled.load(); },
      [&](const LoadState&) {
        cancelled = true;
        return true;
      });
  CHECK(absl::IsCancelled(status));
  CHECK(l.store->Stats().blocks < 20);
}

TEST_CASE("progress is told while the files are still being listed", "[store]") {
  Loading l;
  for (int i = 0; i < 3; ++i) l.origin.Put("/d/" + std::to_string(i), PatternBytes(10, 1));
  std::atomic<int> told{0};
  // The listing goes on only once somebody has been told of it.
  l.origin.BeforeList([&] {
    while (told == 0) std::this_thread::yield();
  });
  LoadOptions options;
  options.path = "/d";
  REQUIRE(l.loader
              .Run(options, Never,
                   [&](const LoadState& state) {
                     ++told;
                     l.last = state;
                     return true;
                   })
              .ok());
  CHECK(l.last.done);
  CHECK(l.last.files_done == 3);
}
