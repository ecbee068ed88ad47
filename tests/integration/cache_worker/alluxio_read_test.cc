// A worker beside Locus alone: Alluxio's clients read files of its namespace.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "alluxio_wire/block_id.h"
#include "cache_worker/origin/local_folder_origin.h"
#include "tests/integration/cache_worker/alluxio_client.h"
#include "tests/integration/cache_worker/running_worker.h"
#include "tests/unit/cache_worker/support/fake_origin.h"

using namespace locus::worker;
namespace wire = locus::alluxio_wire;

namespace {

constexpr uint64_t kBlock = 64 << 10;

// An under-store with one file.
struct Folder {
  explicit Folder(const std::string& bytes) { Put(bytes); }
  void Put(const std::string& bytes) const { files.Write("origin/f", bytes); }
  std::string path() const { return files.path(); }

  TempFolder files;
};

// What locus-meta's front tells a client of the file, and a worker that serves it.
struct Lake {
  // `metadata_ttl`: of the under-store, which is then a mount.
  explicit Lake(const std::string& file_bytes, const std::string& metadata_ttl = "")
      : bytes(file_bytes),
        folder(file_bytes),
        worker(folder.path(), Settings(folder.path() + "/origin", metadata_ttl)),
        client(worker.worker().announced_port()) {}

  static std::vector<std::string> Settings(const std::string& under_store, const std::string& metadata_ttl) {
    std::vector<std::string> settings = {"alluxio.enabled=true", "alluxio.listen.port=0", "alluxio.traffic=50ms"};
    if (metadata_ttl.empty()) return settings;
    for (const std::string& more :
         {std::string("origin.folder="), std::string("origin.mounts.0.path=/"), "origin.mounts.0.folder=" + under_store,
          "origin.mounts.0.metadata_ttl=" + metadata_ttl}) {
      settings.push_back(more);
    }
    return settings;
  }

  uint64_t Container() const {
    const auto origin = LocalFolderOrigin::Create(folder.path() + "/origin");
    return wire::AlluxioContainerOf(FileIdOf((*origin)->Stat("/f").value()));
  }
  alx::ReadRequest Block(uint32_t index, uint64_t container) const {
    const uint64_t begin = index * kBlock;
    const uint64_t length = std::min<uint64_t>(kBlock, bytes.size() - begin);
    alx::ReadRequest request = WholeBlock(wire::JoinBlockId({container, index}), length);
    auto* ufs = request.mutable_open_ufs_block_options();
    ufs->set_ufs_path("locus:/f");
    ufs->set_offset_in_file(static_cast<int64_t>(begin));
    ufs->set_block_size(static_cast<int64_t>(length));
    return request;
  }
  alx::ReadRequest Block(uint32_t index) const { return Block(index, Container()); }
  std::string BytesOf(uint32_t index) const { return bytes.substr(index * kBlock, kBlock); }
  double Metric(const std::string& series) {
    httplib::Client http("127.0.0.1", worker.worker().admin_port());
    const auto answer = http.Get("/metrics");
    REQUIRE(answer);
    const size_t at = answer->body.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(answer->body.substr(at + series.size() + 2));
  }

  const std::string bytes;
  Folder folder;
  RunningWorker worker;
  AlluxioClient client;
};

}  // namespace

TEST_CASE("a block is fetched, cached, and read from the cache when the under-store is gone", "[alluxio]") {
  Lake lake(PatternBytes(2 * kBlock + 100, 1));
  const uint64_t container = lake.Container();
  for (const uint32_t index : {0, 1, 2}) {
    const auto answer = lake.client.Read(lake.Block(index, container));
    INFO(answer.status.error_message());
    CHECK(answer.status.ok());
    CHECK((answer.bytes == lake.BytesOf(index)));
  }
  CHECK(lake.worker.Status().blocks() == 3);
  CHECK(lake.Metric("locus_worker_alluxio_misses_total") == 3);
  std::filesystem::remove_all(lake.folder.path() + "/origin");
  const auto again = lake.client.Read(lake.Block(2, container));
  CHECK(again.status.ok());
  CHECK((again.bytes == lake.BytesOf(2)));
  CHECK(lake.Metric("locus_worker_alluxio_hits_total") == 1);
  CHECK(lake.Metric("locus_worker_alluxio_read_bytes_total{source=\"MEM\"}") == 2 * kBlock + 200);
}

TEST_CASE("who reads how much by TCP is counted", "[alluxio]") {
  Lake lake(PatternBytes(kBlock, 1));
  CHECK(lake.client.Read(lake.Block(0)).status.ok());
  // The kernel counts everything that went out: the block, and a little around it.
  CHECK(Eventually([&] { return lake.Metric("locus_worker_traffic_bytes") >= kBlock; }));
  CHECK(lake.Metric("locus_worker_traffic_bytes") < 1.5 * kBlock);
  CHECK(lake.Metric("locus_worker_traffic_clients") == 1);
}

TEST_CASE("a part of a block is that part, cold and warm", "[alluxio]") {
  Lake lake(PatternBytes(2 * kBlock, 2));
  alx::ReadRequest request = lake.Block(1);
  request.set_offset(1000);
  request.set_length(777);
  request.set_position_short(true);
  for (int round = 0; round < 2; ++round) {
    const auto answer = lake.client.Read(request);
    CHECK(answer.status.ok());
    CHECK((answer.bytes == lake.bytes.substr(kBlock + 1000, 777)));
  }
}

TEST_CASE("a read with no_cache leaves nothing behind", "[alluxio]") {
  Lake lake(PatternBytes(kBlock, 3));
  alx::ReadRequest request = lake.Block(0);
  request.mutable_open_ufs_block_options()->set_no_cache(true);
  const auto answer = lake.client.Read(request);
  CHECK(answer.status.ok());
  CHECK((answer.bytes == lake.bytes));
  CHECK(lake.worker.Status().blocks() == 0);
  CHECK(lake.Metric("locus_worker_alluxio_read_bytes_total{source=\"ORIGIN\"}") == kBlock);
}

TEST_CASE("what Locus' own clients have cached is a hit for Alluxio's", "[alluxio]") {
  Lake lake(PatternBytes(kBlock, 4));
  REQUIRE(lake.worker.Read("/f").status.ok());
  CHECK(lake.client.Read(lake.Block(0)).status.ok());
  CHECK(lake.Metric("locus_worker_alluxio_hits_total") == 1);
}

TEST_CASE("a file that has changed is told, and never mixed", "[alluxio]") {
  Lake lake(PatternBytes(2 * kBlock, 5));
  const uint64_t container = lake.Container();
  REQUIRE(lake.client.Read(lake.Block(0, container)).status.ok());
  lake.folder.Put(PatternBytes(2 * kBlock, 6));
  // This one is not cached yet, and the under-store has only another file's.
  const auto answer = lake.client.Read(lake.Block(1, container));
  CHECK(answer.status.error_code() == grpc::NOT_FOUND);
  CHECK(answer.status.error_message().find("list it again") != std::string::npos);
  CHECK(answer.bytes.empty());
  // Listed again it is the new one.
  const auto anew = lake.client.Read(lake.Block(1));
  CHECK(anew.status.ok());
  CHECK((anew.bytes == PatternBytes(2 * kBlock, 6).substr(kBlock)));
}

TEST_CASE("a client that knows of a newer content than is remembered gets that", "[alluxio]") {
  Lake lake(PatternBytes(2 * kBlock, 5), "1h");
  REQUIRE(lake.client.Read(lake.Block(0)).status.ok());
  lake.folder.Put(PatternBytes(2 * kBlock, 6));
  const auto anew = lake.client.Read(lake.Block(1));
  CHECK(anew.status.ok());
  CHECK((anew.bytes == PatternBytes(2 * kBlock, 6).substr(kBlock)));
  CHECK(lake.Metric("locus_worker_origin_remembered_total{origin=\"folder\"}") == 1);
}

TEST_CASE("a damaged block file is not served, and the reader does not notice", "[alluxio]") {
  Lake lake(PatternBytes(kBlock, 7));
  REQUIRE(lake.client.Read(lake.Block(0)).status.ok());
  std::string file;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(lake.folder.path())) {
    if (entry.path().extension() == ".block") file = entry.path();
  }
  REQUIRE_FALSE(file.empty());
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(5000).put('!').put('?');
  const auto answer = lake.client.Read(lake.Block(0));
  CHECK(answer.status.ok());
  CHECK((answer.bytes == lake.bytes));
  CHECK(lake.worker.Status().torn_blocks() == 1);
  CHECK(lake.Metric("locus_worker_alluxio_reopened_total") == 1);
}

TEST_CASE("a block that is not what the client was told is refused", "[alluxio]") {
  Lake lake(PatternBytes(2 * kBlock, 8));
  alx::ReadRequest request = lake.Block(0);
  request.mutable_open_ufs_block_options()->set_block_size(kBlock / 2);
  CHECK(lake.client.Read(request).status.error_code() == grpc::NOT_FOUND);
  request = lake.Block(0);
  request.mutable_open_ufs_block_options()->set_offset_in_file(kBlock);
  CHECK(lake.client.Read(request).status.error_code() == grpc::NOT_FOUND);
  request = lake.Block(0);
  request.mutable_open_ufs_block_options()->set_ufs_path("locus:/../etc/passwd");
  CHECK(lake.client.Read(request).status.error_code() == grpc::INVALID_ARGUMENT);
  request = lake.Block(0);
  request.mutable_open_ufs_block_options()->set_ufs_path("/f");
  CHECK(lake.client.Read(request).status.error_code() == grpc::NOT_FOUND);
  request = lake.Block(0);
  request.mutable_open_ufs_block_options()->set_ufs_path("locus:/absent");
  CHECK(lake.client.Read(request).status.error_code() == grpc::NOT_FOUND);
}

TEST_CASE("a request without a path is answered of a file that was read before", "[alluxio]") {
  Lake lake(PatternBytes(kBlock, 9));
  const alx::ReadRequest bare = WholeBlock(wire::JoinBlockId({lake.Container(), 0}), kBlock);
  CHECK(lake.client.Read(bare).status.error_code() == grpc::NOT_FOUND);
  REQUIRE(lake.client.Read(lake.Block(0)).status.ok());
  const auto answer = lake.client.Read(bare);
  CHECK(answer.status.ok());
  CHECK((answer.bytes == lake.bytes));
}
