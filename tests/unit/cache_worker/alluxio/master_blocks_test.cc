#include "cache_worker/alluxio/master_blocks.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>

#include "cache_worker/origin/remembering_origin.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;

namespace {

bool Never() { return false; }

// A worker of a master that knows one file, in container 5, of blocks of another size than the store's own.
struct Cluster {
  static constexpr uint64_t kBlock = 1000;

  Cluster() {
    BlockStoreOptions options = OneTier(1 << 20);
    options.any_block_size = true;
    store = OpenStore(disk, options, &held);
    held.Begin(*store);
    Put("/t/f", PatternBytes(2500, 1));
    blocks = std::make_unique<MasterBlocks>(*store, origin, held, UfsMap(std::vector<UfsMount>{{"file:///lake", "/"}}),
                                            [this](uint64_t container) -> absl::StatusOr<MasterFile> {
                                              ++asked;
                                              if (container != 5) return locus::NotFound("no such file");
                                              return file;
                                            });
  }
  // And the master looks at it.
  void Put(const std::string& path, const std::string& bytes) {
    origin.Put(path, bytes);
    const OriginFile found = origin.Stat(path).value();
    file = {"/alluxio" + path, "file:///lake" + path, bytes.size(), kBlock, found.modified_ns / 1'000'000};
  }
  WantedBlock Wanted(uint32_t sequence, uint64_t bytes = kBlock) const {
    return {{5, sequence}, file.ufs_path, sequence * kBlock, bytes};
  }
  std::string Bytes(BlockProvider::Result& block) {
    REQUIRE(block.ok());
    std::string bytes((*block)->bytes(), '\0');
    REQUIRE((*block)->Read(0, bytes.size(), bytes.data()).ok());
    return bytes;
  }

  FakeFileSystem disk;
  FakeOrigin origin;
  ReportQueue queue{1000};
  HeldBlocks held{queue};
  std::unique_ptr<BlockStore> store;
  MasterFile file;
  std::unique_ptr<MasterBlocks> blocks;
  int asked = 0;
};

}  // namespace

TEST_CASE("a block of any size is fetched once, and then found without asking", "[alluxio]") {
  Cluster cluster;
  CHECK(absl::IsNotFound(cluster.blocks->Find(cluster.Wanted(1)).status()));
  auto fetched = cluster.blocks->Fetch(cluster.Wanted(1), Never);
  CHECK(cluster.Bytes(fetched) == PatternBytes(2500, 1).substr(1000, 1000));
  CHECK((*fetched)->tier() == Tier::kSsd);
  auto last = cluster.blocks->Fetch(cluster.Wanted(2, 500), Never);
  CHECK(cluster.Bytes(last) == PatternBytes(2500, 1).substr(2000));
  const int asked = cluster.asked, reads = cluster.origin.reads();
  auto found = cluster.blocks->Find(cluster.Wanted(1));
  CHECK(cluster.Bytes(found) == PatternBytes(2500, 1).substr(1000, 1000));
  CHECK(cluster.asked == asked);
  CHECK(cluster.origin.reads() == reads);
  CHECK(cluster.blocks->fetched_bytes() == 1500);
  // And the master is to be told of both.
  CHECK(cluster.held.Take(10).added.size() == 2);
}

TEST_CASE("a part of a cached block is read, and nothing beyond its end", "[alluxio]") {
  Cluster cluster;
  auto block = cluster.blocks->Fetch(cluster.Wanted(2, 500), Never);
  REQUIRE(block.ok());
  std::string part(100, '\0');
  REQUIRE((*block)->Read(399, part.size(), part.data()).ok());
  CHECK(part == PatternBytes(2500, 1).substr(2399, 100));
  CHECK(absl::IsOutOfRange((*block)->Read(401, part.size(), part.data())));
  CHECK(absl::IsOutOfRange((*block)->Read(ServedBlock::kReadBytes, 1, part.data())));
}

TEST_CASE("with no_cache a block is read and not kept", "[alluxio]") {
  Cluster cluster;
  WantedBlock wanted = cluster.Wanted(0);
  wanted.no_cache = true;
  auto fetched = cluster.blocks->Fetch(wanted, Never);
  CHECK(cluster.Bytes(fetched) == PatternBytes(2500, 1).substr(0, 1000));
  CHECK_FALSE((*fetched)->tier().has_value());
  CHECK(absl::IsNotFound(cluster.blocks->Find(wanted).status()));
}

TEST_CASE("an order needs no place in the under-store: the master knows it", "[alluxio]") {
  Cluster cluster;
  CHECK(cluster.blocks->Cache({{5, 0}}, Never).ok());
  CHECK(cluster.blocks->Cache({{5, 0}}, Never).ok());
  CHECK(cluster.blocks->fetched_bytes() == 1000);
  CHECK(absl::IsNotFound(cluster.blocks->Cache({{6, 0}}, Never)));
  CHECK(absl::IsNotFound(cluster.blocks->Cache({{5, 3}}, Never)));
}

TEST_CASE("a read of what is not cached wants a place in the under-store", "[alluxio]") {
  Cluster cluster;
  CHECK(absl::IsNotFound(cluster.blocks->Fetch({{5, 0}}, Never).status()));
  CHECK(cluster.asked == 0);
}

TEST_CASE("a file that is newer than the master knows, or of another length, is not read", "[alluxio]") {
  Cluster cluster;
  SECTION("another length") { cluster.file.length = 2499; }
  SECTION("newer") { cluster.file.modified_ms -= 3000; }
  SECTION("being written") { cluster.file.completed = false; }
  SECTION("in no under-store") { cluster.file.persisted = false; }
  SECTION("a folder") { cluster.file.folder = true; }
  SECTION("in an under-store that no mount shows") { cluster.file.ufs_path = "hdfs://name/t/f"; }
  const auto fetched = cluster.blocks->Fetch(cluster.Wanted(1), Never);
  CHECK(absl::IsNotFound(fetched.status()));
  CHECK(cluster.store->Stats().blocks == 0);
}

TEST_CASE("what is remembered of a file is asked for again when the master knows better", "[alluxio]") {
  Cluster cluster;
  auto inner = std::make_unique<FakeOrigin>();
  FakeOrigin& under = *inner;
  const locus::FakeClock clock;
  std::atomic<uint64_t> saved{0};
  RememberingOrigin remembering(std::move(inner), std::chrono::hours(1), clock, saved);
  MasterBlocks blocks(*cluster.store, remembering, cluster.held, UfsMap(std::vector<UfsMount>{{"file:///lake", "/"}}),
                      [&](uint64_t) -> absl::StatusOr<MasterFile> { return cluster.file; });
  under.Put("/t/f", PatternBytes(2500, 1));
  cluster.file.modified_ms = 0;
  auto first = blocks.Fetch(cluster.Wanted(0), Never);
  CHECK(cluster.Bytes(first) == PatternBytes(2500, 1).substr(0, Cluster::kBlock));
  under.Put("/t/f", PatternBytes(1500, 2));
  cluster.file.length = 1500;
  auto second = blocks.Fetch(cluster.Wanted(0), Never);
  CHECK(cluster.Bytes(second) == PatternBytes(1500, 2).substr(0, Cluster::kBlock));
  CHECK(under.stats() == 2);
}

TEST_CASE("the master's time is the under-store's, or a little later", "[alluxio]") {
  const MasterFile file = {"/f", "/f", 10, 10, 5'000};
  CHECK(StillTheFile(file, 10, 5'000'000'000));
  CHECK(StillTheFile(file, 10, 5'000'999'999));
  CHECK(StillTheFile(file, 10, 1));
  CHECK(StillTheFile(file, 10, 7'000'000'000));
  CHECK_FALSE(StillTheFile(file, 10, 7'000'000'001));
  CHECK_FALSE(StillTheFile(file, 11, 5'000'000'000));
}

TEST_CASE("blocks of two contents of a container never lie side by side", "[alluxio]") {
  Cluster cluster;
  REQUIRE(cluster.blocks->Fetch(cluster.Wanted(0), Never).ok());
  // The same path, length and container, and the master has looked again.
  cluster.Put("/t/f", PatternBytes(2500, 2));
  cluster.file.modified_ms += 5000;
  auto second = cluster.blocks->Fetch(cluster.Wanted(1), Never);
  CHECK(cluster.Bytes(second) == PatternBytes(2500, 2).substr(1000, 1000));
  CHECK(absl::IsNotFound(cluster.blocks->Find(cluster.Wanted(0)).status()));
  CHECK(cluster.store->Stats().blocks == 1);
}

TEST_CASE("a file that changes while it is read ends in an error, and nothing of it is kept", "[alluxio]") {
  Cluster cluster;
  cluster.origin.BeforeRead([&] {
    cluster.origin.BeforeRead({});
    cluster.origin.Put("/t/f", PatternBytes(2500, 3));
  });
  CHECK(absl::IsNotFound(cluster.blocks->Fetch(cluster.Wanted(1), Never).status()));
  CHECK(cluster.store->Stats().blocks == 0);
}

TEST_CASE("an under-store that is away is told as it is", "[alluxio]") {
  Cluster cluster;
  cluster.origin.Fail(locus::Unavailable("away"));
  CHECK(absl::IsUnavailable(cluster.blocks->Fetch(cluster.Wanted(1), Never).status()));
}

TEST_CASE("what is removed is gone, and the master is told", "[alluxio]") {
  Cluster cluster;
  REQUIRE(cluster.blocks->Cache({{5, 0}}, Never).ok());
  REQUIRE(cluster.blocks->Cache({{5, 1}}, Never).ok());
  cluster.held.Take(10);
  cluster.blocks->Remove({5, 0});
  CHECK(cluster.held.Take(10).removed == std::vector<AlluxioBlockId>{AlluxioIdOf({5, 0})});
  cluster.blocks->RemoveAll();
  CHECK(cluster.store->Stats().blocks == 0);
  CHECK(cluster.held.FileOf(5) == nullptr);
}
