// CacheService of a whole worker over loopback.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/integration/cache_worker/fake_meta.h"
#include "tests/integration/cache_worker/running_worker.h"
#include "tests/unit/cache_worker/support/fake_origin.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kBlock = 64 << 10;

v1::LoadRequest LoadOf(const std::string& path, v1::Tier tier = v1::TIER_UNSPECIFIED) {
  v1::LoadRequest request;
  request.set_path(path);
  request.set_tier(tier);
  return request;
}

uint64_t Used(const v1::StatusResponse& status, v1::Tier tier) {
  for (const v1::TierUsage& usage : status.tiers()) {
    if (usage.tier() == tier) return usage.used_bytes();
  }
  return 0;
}

}  // namespace

TEST_CASE("reads over the wire give the file's bytes, cold, warm and past the cache", "[worker]") {
  const TempFolder folder;
  const std::string bytes = PatternBytes(5 * kBlock + 77, 1);
  folder.Write("origin/d/f", bytes);
  RunningWorker worker(folder.path());
  for (const auto& [offset, length] : std::vector<std::pair<uint64_t, uint64_t>>{
           {0, 0}, {0, 1}, {kBlock - 1, 2}, {kBlock, kBlock}, {3, 4 * kBlock}, {5 * kBlock + 76, 0}, {100, 1 << 30}}) {
    for (const bool no_cache : {true, false, false}) {
      INFO("offset " << offset << " length " << length << " no_cache " << no_cache);
      const auto answer = worker.Read("/d/f", offset, length, no_cache);
      INFO(answer.status.error_message());
      CHECK(answer.status.ok());
      CHECK(answer.bytes == bytes.substr(offset, length == 0 ? std::string::npos : length));
      CHECK(answer.largest_chunk <= 1 << 20);
    }
  }
  const auto warm = worker.Read("/d/f");
  REQUIRE(warm.sources.size() == 6);
  CHECK(warm.sources[0] == v1::TIER_MEM);
  CHECK(warm.sources[5] == v1::TIER_SSD);
  CHECK(worker.Read("/d/f", bytes.size()).bytes.empty());
}

TEST_CASE("what cannot be read has the contract's code", "[worker]") {
  const TempFolder folder;
  folder.Write("origin/f", "0123");
  RunningWorker worker(folder.path());
  CHECK(worker.Read("/none").status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(worker.Read("f").status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(worker.Read("/../f").status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(worker.Read("/").status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(worker.Read("/f", 5).status.error_code() == grpc::StatusCode::OUT_OF_RANGE);
  CHECK(worker.Read("/f", 4).status.ok());
  std::filesystem::rename(folder.path() + "/origin", folder.path() + "/away");
  CHECK(worker.Read("/f").status.error_code() == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE("a folder is loaded into the tier that was asked for, and evicted again", "[worker]") {
  const TempFolder folder;
  folder.Write("origin/d/a", PatternBytes(3 * kBlock, 1));
  folder.Write("origin/d/b", PatternBytes(100, 2));
  folder.Write("origin/e", PatternBytes(100, 3));
  RunningWorker worker(folder.path());
  const auto loaded = worker.Load(LoadOf("/d", v1::TIER_SSD));
  CHECK(loaded.done());
  CHECK(loaded.files_total() == 2);
  CHECK(loaded.files_done() == 2);
  CHECK(loaded.bytes_done() == 3 * kBlock + 100);
  CHECK(loaded.bytes_fetched() == 3 * kBlock + 100);
  CHECK(loaded.problems_size() == 0);
  CHECK(worker.Load(LoadOf("/e")).done());
  auto status = worker.Status();
  CHECK(status.blocks() == 5);
  CHECK(Used(status, v1::TIER_SSD) == 3 * kBlock + 100);
  CHECK(Used(status, v1::TIER_MEM) == 100);

  grpc::ClientContext context;
  v1::EvictRequest evict;
  evict.set_path("/d");
  v1::EvictResponse evicted;
  REQUIRE(worker.stub().Evict(&context, evict, &evicted).ok());
  CHECK(evicted.blocks() == 4);
  CHECK(evicted.bytes() == 3 * kBlock + 100);
  CHECK(worker.Status().blocks() == 1);
  CHECK(std::filesystem::exists(folder.path() + "/origin/d/a"));
  grpc::ClientContext again;
  evict.set_path("d");
  CHECK(worker.stub().Evict(&again, evict, &evicted).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("a load that is not possible says why", "[worker]") {
  const TempFolder folder;
  folder.Write("origin/f", "x");
  RunningWorker worker(folder.path());
  grpc::Status status;
  worker.Load(LoadOf("/none"), &status);
  CHECK(status.error_code() == grpc::StatusCode::NOT_FOUND);
  worker.Load(LoadOf("/f", v1::TIER_HDD), &status);
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(status.error_message() == "tier: this worker has no HDD, it has MEM, SSD");
  worker.Load(LoadOf("/f", static_cast<v1::Tier>(9)), &status);
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("workers divide a folder by shards", "[worker]") {
  const TempFolder folder;
  for (int i = 0; i < 7; ++i) folder.Write("origin/d/" + std::to_string(i), PatternBytes(1000, 1));
  RunningWorker worker(folder.path());
  v1::LoadRequest request = LoadOf("/d");
  request.set_shards(2);
  CHECK(worker.Load(request).files_done() == 4);
  request.set_shard(1);
  CHECK(worker.Load(request).bytes_fetched() == 3000);
  CHECK(worker.Status().blocks() == 7);
  grpc::Status status;
  request.set_shard(2);
  worker.Load(request, &status);
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("a cancelled load keeps what it has and the worker goes on", "[worker]") {
  const TempFolder folder;
  for (int i = 0; i < 400; ++i) folder.Write("origin/d/" + std::to_string(i), PatternBytes(2000, 1));
  RunningWorker worker(folder.path());
  {
    grpc::ClientContext context;
    const auto reader = worker.stub().Load(&context, LoadOf("/d"));
    context.TryCancel();
    CHECK(reader->Finish().error_code() == grpc::StatusCode::CANCELLED);
  }
  const auto progress = worker.Load(LoadOf("/d"));
  CHECK(progress.files_done() == 400);
}

TEST_CASE("the quota holds for what lies on disk, at the last byte too", "[worker]") {
  const TempFolder folder;
  // Exactly MEM and SSD together: 20 blocks.
  folder.Write("origin/full", PatternBytes(20 * kBlock, 1));
  folder.Write("origin/more", PatternBytes(3 * kBlock, 2));
  RunningWorker worker(folder.path());
  CHECK(worker.Load(LoadOf("/full")).files_done() == 1);
  auto status = worker.Status();
  CHECK(Used(status, v1::TIER_MEM) == 4 * kBlock);
  CHECK(Used(status, v1::TIER_SSD) == 16 * kBlock);
  CHECK(status.evictions() == 0);
  CHECK(worker.Read("/more").status.ok());
  status = worker.Status();
  CHECK(status.evictions() == 3);
  CHECK(status.blocks() == 20);
  uint64_t on_disk = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() + "/ssd/blocks")) {
    if (entry.is_regular_file()) on_disk += entry.file_size();
  }
  // 8 + 5 + 72 bytes of trailer a block.
  CHECK(on_disk <= 16 * (kBlock + 85));
}

TEST_CASE("what is read often moves to the faster tier while the worker runs", "[worker]") {
  const TempFolder folder;
  const std::string bytes = PatternBytes(2 * kBlock, 1);
  folder.Write("origin/f", bytes);
  RunningWorker worker(folder.path(), {"store.promote_after=2"});
  REQUIRE(worker.Load(LoadOf("/f", v1::TIER_SSD)).files_done() == 1);
  // The read of a block that was loaded last may count to its load.
  for (int i = 0; i < 3; ++i) CHECK(worker.Read("/f").bytes == bytes);
  REQUIRE(Eventually([&] { return worker.Status().promotions() == 2; }));
  const auto answer = worker.Read("/f");
  CHECK(answer.bytes == bytes);
  CHECK(answer.sources == std::vector<v1::Tier>{v1::TIER_MEM, v1::TIER_MEM});
  CHECK(Eventually([&] { return Used(worker.Status(), v1::TIER_SSD) == 0; }));
}

TEST_CASE("a pin over the wire holds blocks, outlives a restart, and is bounded", "[worker]") {
  const TempFolder folder;
  folder.Write("origin/dims/a", PatternBytes(2 * kBlock, 1));
  folder.Write("origin/facts", PatternBytes(30 * kBlock, 2));
  const auto pin = [](RunningWorker& worker, const std::string& path, bool unpin, v1::PinResponse* response) {
    grpc::ClientContext context;
    v1::PinRequest request;
    request.set_path(path);
    request.set_unpin(unpin);
    return worker.stub().Pin(&context, request, response).error_code();
  };
  v1::PinResponse pinned;
  {
    RunningWorker worker(folder.path(), {"store.max_pinned=128KiB"});
    worker.Load(LoadOf("/dims"));
    CHECK(pin(worker, "dims", false, &pinned) == grpc::StatusCode::INVALID_ARGUMENT);
    REQUIRE(pin(worker, "/dims", false, &pinned) == grpc::StatusCode::OK);
    CHECK(pinned.blocks() == 2);
    CHECK(pinned.bytes() == 2 * kBlock);
    CHECK(worker.Status().pinned_bytes() == 2 * kBlock);
    worker.Read("/facts");
    CHECK(pin(worker, "/", false, &pinned) == grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  RunningWorker worker(folder.path(), {"store.max_pinned=128KiB"});
  worker.Read("/facts");
  const uint64_t misses = worker.Status().misses();
  worker.Read("/dims/a");
  CHECK(worker.Status().misses() == misses);
  CHECK(pin(worker, "/dims/a", true, &pinned) == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK(pin(worker, "/dims", true, &pinned) == grpc::StatusCode::OK);
  CHECK(worker.Status().pinned_bytes() == 0);
}

TEST_CASE("a load pins what it brings, and says when that goes beyond the bound", "[worker]") {
  const TempFolder folder;
  folder.Write("origin/a", PatternBytes(2 * kBlock, 1));
  folder.Write("origin/b", PatternBytes(kBlock, 2));
  RunningWorker worker(folder.path(), {"store.max_pinned=128KiB"});
  v1::LoadRequest request = LoadOf("/a");
  request.set_pin(true);
  CHECK(worker.Load(request).problems_size() == 0);
  CHECK(worker.Status().pinned_bytes() == 2 * kBlock);
  request.set_path("/b");
  const auto beyond = worker.Load(request);
  CHECK(beyond.files_done() == 1);
  REQUIRE(beyond.problems_size() == 1);
  CHECK(beyond.problems(0).find("/b: not all of it is pinned: ") == 0);
  CHECK(beyond.problems(0).find("store.max_pinned") != std::string::npos);
  grpc::Status status;
  request.set_path("/none");
  worker.Load(request, &status);
  CHECK(status.error_code() == grpc::StatusCode::NOT_FOUND);
}

TEST_CASE("blocks survive a restart of the worker, and a damaged one is read anew", "[worker]") {
  const TempFolder folder;
  const std::string bytes = PatternBytes(3 * kBlock, 1);
  folder.Write("origin/f", bytes);
  {
    RunningWorker first(folder.path());
    first.Load(LoadOf("/f", v1::TIER_SSD));
  }
  // The middle of the second block.
  std::string path;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() + "/ssd/blocks")) {
    if (entry.path().string().find("-1.block") != std::string::npos) path = entry.path();
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file.put('!');
  }
  RunningWorker second(folder.path());
  const auto answer = second.Read("/f");
  CHECK(answer.bytes == bytes);
  CHECK(second.Status().torn_blocks() == 1);
  CHECK(second.Status().hits() >= 2);
}

TEST_CASE("a file that changed at the under-store is read as it is now", "[worker]") {
  const TempFolder folder;
  folder.Write("origin/f", PatternBytes(2 * kBlock, 1));
  RunningWorker worker(folder.path());
  worker.Read("/f");
  const std::string after = PatternBytes(2 * kBlock + 1, 2);
  folder.Write("origin/f", after);
  CHECK(worker.Read("/f").bytes == after);
  CHECK(worker.Status().blocks() == 3);
}

TEST_CASE("many readers of one cold file read it from the under-store once", "[worker]") {
  const TempFolder folder;
  const std::string bytes = PatternBytes(4 * kBlock, 1);
  folder.Write("origin/f", bytes);
  RunningWorker worker(folder.path());
  std::vector<std::string> got(8);
  std::vector<std::thread> threads;
  for (std::string& g : got) threads.emplace_back([&] { g = worker.Read("/f").bytes; });
  for (std::thread& t : threads) t.join();
  for (const std::string& g : got) CHECK(g == bytes);
  httplib::Client admin("127.0.0.1", worker.worker().admin_port());
  const auto metrics = admin.Get("/metrics");
  REQUIRE(metrics);
  CHECK(metrics->body.find("locus_worker_fetched_bytes_total " + std::to_string(4 * kBlock) + "\n") !=
        std::string::npos);
}

TEST_CASE("the operator's pages tell state and figures", "[worker]") {
  const TempFolder folder;
  folder.Write("origin/f", PatternBytes(kBlock, 1));
  RunningWorker worker(folder.path());
  worker.Read("/f");
  worker.Read("/f");
  httplib::Client admin("127.0.0.1", worker.worker().admin_port());
  CHECK(admin.Get("/healthz")->status == 200);
  CHECK(admin.Get("/readyz")->status == 200);
  CHECK(admin.Get("/configz")->body.find("\"block_size\"") != std::string::npos);
  const std::string metrics = admin.Get("/metrics")->body;
  for (const char* line :
       {"locus_worker_hits_total 1\n", "locus_worker_misses_total 1\n", "locus_worker_blocks 1\n",
        "locus_worker_read_bytes_total{source=\"MEM\"} 65536\n",
        "locus_worker_read_bytes_total{source=\"ORIGIN\"} 65536\n", "locus_worker_used_bytes{tier=\"MEM\"} 65536\n",
        "locus_worker_capacity_bytes{tier=\"SSD\"} 1048576\n", "locus_worker_fetch_seconds_count 1\n"}) {
    INFO(line);
    CHECK(metrics.find(line) != std::string::npos);
  }
  const auto status = worker.Status();
  CHECK(status.address().host() == "127.0.0.1");
  CHECK(status.address().data_port() == static_cast<uint32_t>(worker.worker().data_port()));
  CHECK(status.node() == "node-1");
  CHECK_FALSE(status.reporting());
  CHECK(Eventually([&] { return worker.Status().has_load(); }));
  CHECK(worker.Status().load().overall() >= 0);
  CHECK(worker.Status().load().overall() <= 1);
}

TEST_CASE("a whole worker reports what it loads", "[worker]") {
  const TempFolder folder;
  folder.Write("origin/d/f", PatternBytes(2 * kBlock, 1));
  FakeMeta meta(100);
  GrpcServerOptions options;
  options.drain = 50ms;
  GrpcServer server(options);
  REQUIRE(server.Start({&meta}).ok());
  {
    RunningWorker worker(folder.path(), {"report.target=127.0.0.1:" + std::to_string(server.port())});
    REQUIRE(Eventually([&] { return worker.Status().reporting(); }));
    worker.Load(LoadOf("/d", v1::TIER_MEM));
    CHECK(Eventually([&] { return meta.latest().blocks == std::set<std::string>{"/d/f#0 MEM", "/d/f#1 MEM"}; }));
    CHECK(meta.latest().hello.address().data_port() == static_cast<uint32_t>(worker.worker().data_port()));
    CHECK(Eventually([&] { return meta.latest().beats_with_load > 0; }));
    REQUIRE(meta.Ask(1, "/", 10));
    CHECK(Eventually([&] { return !meta.latest().listings.empty(); }));
    CHECK(meta.latest().listings.at(0).files(0).path() == "/d/f");
  }
  CHECK(meta.latest().violations.empty());
  server.Stop();
}
