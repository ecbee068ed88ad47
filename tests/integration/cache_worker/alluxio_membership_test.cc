// A worker of mode alluxio before a master that a test plays.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "alluxio_wire/block_id.h"
#include "cache_worker/alluxio_worker.h"
#include "cache_worker/config.h"
#include "cache_worker/origin/local_folder_origin.h"
#include "common/config.h"
#include "common/grpc_server.h"
#include "common/status.h"
#include "tests/integration/cache_worker/alluxio_client.h"
#include "tests/integration/cache_worker/fake_block_master.h"
#include "tests/integration/cache_worker/fake_meta.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus::worker;
namespace wire = locus::alluxio_wire;

namespace {

// Of Alluxio's files; the store's own size is another.
constexpr uint64_t kBlock = 10'000;

class Member {
 public:
  Member(const std::string& folder, const FakeBlockMaster& master, const std::vector<std::string>& more = {}) {
    std::vector<std::string> overrides = {"mode=alluxio",
                                          "admin.port=0",
                                          "report.target=",
                                          "origin.folder=" + folder + "/origin",
                                          "store.tiers.0.tier=MEM",
                                          "store.tiers.0.path=" + folder + "/mem",
                                          "store.tiers.0.quota=40KB",
                                          "store.keep_free=0",
                                          "store.high_watermark=1",
                                          "store.low_watermark=1",
                                          "alluxio.listen.port=0",
                                          "alluxio.masters.0=" + master.target(),
                                          "alluxio.heartbeat=50ms",
                                          "load.interval=50ms"};
    overrides.insert(overrides.end(), more.begin(), more.end());
    locus::config::v1::Worker config = DefaultConfig();
    const absl::Status parsed = locus::ParseConfig("", overrides, &config);
    INFO(locus::MessageOf(parsed));
    REQUIRE(parsed.ok());
    const absl::Status checked = CheckConfig(config);
    INFO(locus::MessageOf(checked));
    REQUIRE(checked.ok());
    worker_ = std::make_unique<AlluxioWorker>(config, clock_, 1, S3Credentials());
    const std::vector<std::string> problems = worker_->Start();
    for (const std::string& problem : problems) UNSCOPED_INFO(problem);
    REQUIRE(problems.empty());
    REQUIRE(Eventually([&] { return worker_->ready(); }));
  }
  AlluxioWorker& operator*() { return *worker_; }
  AlluxioWorker* operator->() { return worker_.get(); }

 private:
  const locus::SystemClock clock_;
  std::unique_ptr<AlluxioWorker> worker_;
};

struct Cluster {
  Cluster() { folder.Write("origin/keep", ""); }

  // A file of the under-store that the master knows, of container `container`.
  void Put(const std::string& name, uint64_t container, const std::string& bytes) {
    folder.Write("origin/" + name, bytes);
    const auto origin = LocalFolderOrigin::Create(folder.path() + "/origin");
    const OriginFile found = (*origin)->Stat("/" + name).value();
    alxf::FileInfo info;
    info.set_file_id(wire::FileIdOf(container));
    info.set_path("/" + name);
    info.set_ufs_path(folder.path() + "/origin/" + name);
    info.set_length(static_cast<int64_t>(bytes.size()));
    info.set_block_size_bytes(kBlock);
    info.set_completed(true);
    info.set_persisted(true);
    info.set_last_modification_time_ms(found.modified_ns / 1'000'000);
    master->PutFile(info);
  }
  bool Registered(int registrations = 1) {
    return Eventually([&] {
      const KnownWorker known = master->known();
      return known.registered && known.registrations >= registrations;
    });
  }
  bool Holds(std::vector<int64_t> blocks) {
    return Eventually([&] {
      std::vector<int64_t> held;
      for (const auto& [id, tier] : master->known().blocks) held.push_back(id);
      return held == blocks;
    });
  }
  static grpc::Status Cache(AlluxioClient& client, int64_t block) {
    grpc::ClientContext context;
    client.Sign(context);
    alx::CacheRequest request;
    request.set_block_id(block);
    alx::CacheResponse response;
    return client.stub().Cache(&context, request, &response);
  }

  TempFolder folder;
  std::unique_ptr<FakeBlockMaster> master = std::make_unique<FakeBlockMaster>();
};

int64_t Block(uint64_t container, uint32_t sequence) { return wire::JoinBlockId({container, sequence}); }

}  // namespace

TEST_CASE("a worker registers with an address that clients can use, and offers nothing", "[alluxio]") {
  Cluster cluster;
  Member member(cluster.folder.path(), *cluster.master, {"announce_host=127.0.0.1", "alluxio.user=boss"});
  REQUIRE(cluster.Registered());
  const KnownWorker known = cluster.master->known();
  CHECK(known.address.host() == "127.0.0.1");
  CHECK(known.address.data_port() == member->data_port());
  CHECK(known.address.tiered_identity().tiers(0).value() == "127.0.0.1");
  CHECK(known.capacity == std::map<std::string, int64_t>{{"MEM", 0}});
  CHECK(cluster.master->user() == "boss");
  CHECK(Eventually([&] { return cluster.master->known().heartbeats > 3; }));
  CHECK(cluster.master->known().capacity == std::map<std::string, int64_t>{{"MEM", 0}});
  CHECK(member->registered());
}

TEST_CASE("a worker that offers its tiers tells their size", "[alluxio]") {
  Cluster cluster;
  Member member(cluster.folder.path(), *cluster.master, {"alluxio.offer=all"});
  REQUIRE(cluster.Registered());
  CHECK(cluster.master->known().capacity == std::map<std::string, int64_t>{{"MEM", 40'000}});
}

TEST_CASE("a block is cached by order, committed, and read", "[alluxio]") {
  Cluster cluster;
  const std::string bytes = PatternBytes(2 * kBlock + 500, 1);
  cluster.Put("t/f", 7, bytes);
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered());
  AlluxioClient client(member->data_port());
  CHECK(client.Read(WholeBlock(Block(7, 1), kBlock)).status.error_code() == grpc::NOT_FOUND);
  for (const uint32_t sequence : {1, 2}) {
    const grpc::Status status = Cluster::Cache(client, Block(7, sequence));
    INFO(status.error_message());
    CHECK(status.ok());
  }
  CHECK(cluster.Holds({Block(7, 1), Block(7, 2)}));
  CHECK(cluster.master->known().commits == 2);
  const auto answer = client.Read(WholeBlock(Block(7, 1), kBlock));
  CHECK(answer.status.ok());
  CHECK((answer.bytes == bytes.substr(kBlock, kBlock)));
  CHECK(client.Read(WholeBlock(Block(7, 2), 500)).bytes == bytes.substr(2 * kBlock));
  CHECK(Eventually([&] { return cluster.master->known().used.at("MEM") == kBlock + 500; }));
}

TEST_CASE("evictions are told", "[alluxio]") {
  Cluster cluster;
  // Four blocks fit.
  cluster.Put("f", 7, PatternBytes(6 * kBlock, 2));
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered());
  AlluxioClient client(member->data_port());
  for (const uint32_t sequence : {0, 1, 2, 3, 4, 5}) REQUIRE(Cluster::Cache(client, Block(7, sequence)).ok());
  CHECK(Eventually([&] { return cluster.master->known().blocks.size() <= 4 && cluster.master->known().commits == 6; }));
  for (const auto& [id, tier] : cluster.master->known().blocks) {
    CHECK(client.Read(WholeBlock(id, kBlock)).status.ok());
  }
}

TEST_CASE("what the master frees is dropped, and told until the master has heard it", "[alluxio]") {
  Cluster cluster;
  cluster.Put("f", 7, PatternBytes(2 * kBlock, 3));
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered());
  AlluxioClient client(member->data_port());
  REQUIRE(Cluster::Cache(client, Block(7, 0)).ok());
  REQUIRE(Cluster::Cache(client, Block(7, 1)).ok());
  REQUIRE(cluster.Holds({Block(7, 0), Block(7, 1)}));
  // One of them was never here.
  cluster.master->Free({Block(7, 0), Block(99, 0)});
  CHECK(Eventually([&] { return !cluster.master->freeing(); }));
  CHECK(cluster.Holds({Block(7, 1)}));
  CHECK(client.Read(WholeBlock(Block(7, 0), kBlock)).status.error_code() == grpc::NOT_FOUND);
  CHECK(client.Read(WholeBlock(Block(7, 1), kBlock)).status.ok());
}

TEST_CASE("a master that has forgotten the worker gets all its blocks again", "[alluxio]") {
  Cluster cluster;
  cluster.Put("f", 7, PatternBytes(2 * kBlock, 4));
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered());
  AlluxioClient client(member->data_port());
  REQUIRE(Cluster::Cache(client, Block(7, 0)).ok());
  REQUIRE(cluster.Holds({Block(7, 0)}));
  cluster.master->Forget();
  REQUIRE(cluster.Registered(2));
  CHECK(cluster.Holds({Block(7, 0)}));
  // And the next one is committed under the new id.
  REQUIRE(Cluster::Cache(client, Block(7, 1)).ok());
  CHECK(cluster.Holds({Block(7, 0), Block(7, 1)}));
}

TEST_CASE("a master that goes and comes back finds the worker again, which serves in between", "[alluxio]") {
  Cluster cluster;
  const std::string bytes = PatternBytes(kBlock, 5);
  cluster.Put("f", 7, bytes);
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered());
  AlluxioClient client(member->data_port());
  REQUIRE(Cluster::Cache(client, Block(7, 0)).ok());
  REQUIRE(cluster.Holds({Block(7, 0)}));
  const int port = cluster.master->port();
  cluster.master.reset();
  REQUIRE(Eventually([&] { return !member->registered(); }));
  CHECK((client.Read(WholeBlock(Block(7, 0), kBlock)).bytes == bytes));
  CHECK(Cluster::Cache(client, Block(7, 1)).error_code() == grpc::UNAVAILABLE);
  cluster.master = std::make_unique<FakeBlockMaster>(true, port);
  REQUIRE(cluster.master->serves());
  REQUIRE(cluster.Registered());
  CHECK(cluster.Holds({Block(7, 0)}));
}

TEST_CASE("the end of a session is routine, and nothing is lost by it", "[alluxio]") {
  Cluster cluster;
  cluster.Put("f", 7, PatternBytes(kBlock, 6));
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered());
  cluster.master->EndSessions();
  REQUIRE(cluster.Registered(2));
  AlluxioClient client(member->data_port());
  REQUIRE(Cluster::Cache(client, Block(7, 0)).ok());
  CHECK(cluster.Holds({Block(7, 0)}));
}

TEST_CASE("a lost beat loses no news", "[alluxio]") {
  Cluster cluster;
  cluster.Put("f", 7, PatternBytes(2 * kBlock, 7));
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered());
  AlluxioClient client(member->data_port());
  REQUIRE(Cluster::Cache(client, Block(7, 0)).ok());
  REQUIRE(cluster.Holds({Block(7, 0)}));
  cluster.master->FailBeats(2, {grpc::UNAVAILABLE, "lost"});
  grpc::ClientContext context;
  client.Sign(context);
  alx::RemoveBlockRequest request;
  request.set_block_id(Block(7, 0));
  alx::RemoveBlockResponse response;
  REQUIRE(client.stub().RemoveBlock(&context, request, &response).ok());
  CHECK(cluster.Holds({}));
}

TEST_CASE("a worker waits for its lease", "[alluxio]") {
  Cluster cluster;
  cluster.master->RefuseLeases(2);
  Member member(cluster.folder.path(), *cluster.master);
  CHECK(cluster.Registered());
}

TEST_CASE("a master without authentication is spoken to without", "[alluxio]") {
  Cluster cluster;
  cluster.master = std::make_unique<FakeBlockMaster>(false);
  Member member(cluster.folder.path(), *cluster.master);
  CHECK(cluster.Registered());
}

TEST_CASE("a worker that was restarted tells its blocks again, of whatever size", "[alluxio]") {
  Cluster cluster;
  const std::string bytes = PatternBytes(2 * kBlock + 3, 8);
  cluster.Put("f", 7, bytes);
  {
    Member member(cluster.folder.path(), *cluster.master);
    REQUIRE(cluster.Registered());
    AlluxioClient client(member->data_port());
    REQUIRE(Cluster::Cache(client, Block(7, 0)).ok());
    REQUIRE(Cluster::Cache(client, Block(7, 2)).ok());
    REQUIRE(cluster.Holds({Block(7, 0), Block(7, 2)}));
  }
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered(2));
  CHECK(cluster.Holds({Block(7, 0), Block(7, 2)}));
  AlluxioClient client(member->data_port());
  CHECK((client.Read(WholeBlock(Block(7, 0), kBlock)).bytes == bytes.substr(0, kBlock)));
  CHECK(client.Read(WholeBlock(Block(7, 2), 3)).bytes == bytes.substr(2 * kBlock));
}

TEST_CASE("locus-meta hears of the blocks as of an Alluxio worker's", "[alluxio]") {
  Cluster cluster;
  cluster.Put("f", 7, PatternBytes(2 * kBlock, 9));
  FakeMeta meta(100);
  locus::GrpcServer server({});
  REQUIRE(server.Start({&meta}).ok());
  Member member(cluster.folder.path(), *cluster.master, {"report.target=127.0.0.1:" + std::to_string(server.port())});
  REQUIRE(cluster.Registered());
  AlluxioClient client(member->data_port());
  REQUIRE(Cluster::Cache(client, Block(7, 1)).ok());
  CHECK(
      Eventually([&] { return meta.latest().blocks == std::set<std::string>{std::to_string(Block(7, 1)) + " MEM"}; }));
  const FakeMeta::Stream stream = meta.latest();
  CHECK(stream.hello.blocks() == locus::v1::Hello::ALLUXIO);
  CHECK(static_cast<int>(stream.hello.address().data_port()) == member->data_port());
  CHECK(stream.violations.empty());
  member->Stop();
  server.Stop();
}

TEST_CASE("an operator sees what the worker does in its figures", "[alluxio]") {
  Cluster cluster;
  cluster.Put("f", 7, PatternBytes(2 * kBlock, 9));
  Member member(cluster.folder.path(), *cluster.master);
  REQUIRE(cluster.Registered());
  httplib::Client http("127.0.0.1", member->admin_port());
  AlluxioClient client(member->data_port());
  REQUIRE(Cluster::Cache(client, Block(7, 1)).ok());
  REQUIRE(cluster.Holds({Block(7, 1)}));
  for (const char* line : {"locus_worker_alluxio_registered 1", "locus_worker_alluxio_commits_total 1",
                           "locus_worker_alluxio_orders_total{outcome=\"cached\"} 1", "locus_worker_blocks 1"}) {
    INFO(line);
    // The master knows of a commit before the worker has its answer.
    CHECK(Eventually([&] {
      const auto metrics = http.Get("/metrics");
      return metrics && metrics->body.find(line) != std::string::npos;
    }));
  }
}

TEST_CASE("a stop is prompt, with or without a master", "[alluxio]") {
  Cluster cluster;
  auto absent = std::make_unique<FakeBlockMaster>();
  const std::string target = absent->target();
  Member member(cluster.folder.path(), *absent);
  absent.reset();
  const auto begin = std::chrono::steady_clock::now();
  member->Stop();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}
