#include "tests/support/alluxio/world.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "common/testing/fake_clock.h"

namespace locus::fake_alluxio {
namespace {

namespace file = alluxio::grpc::file;

constexpr int64_t kMiB = 1 << 20;
const LoadQuery kNever = {};

struct Fixture {
  FakeClock clock;
  World world{clock};

  Fixture() {
    world.AddWorker({.host = "w1"}).AddWorker({.host = "w2"});
    world.AddFile("/d/f", {.length = 2 * kMiB + 5}).CacheFile("/d/f", "w1", "MEM");
  }
  file::FileInfo Info(const std::string& path) { return world.Status(path, "root", kNever).value(); }
  std::vector<std::string> List(ListQuery query) {
    std::vector<std::string> paths;
    const Listed listed = world.List(query, kNever).value();
    for (const file::FileInfo& info : listed.entries) paths.push_back(info.path());
    return paths;
  }
};

std::vector<std::string> At(const World& world, const std::string& path, int block) {
  std::vector<std::string> out;
  for (const Copy& copy : world.Copies(path, block)) out.push_back(copy.worker + " " + copy.tier);
  return out;
}

using Strings = std::vector<std::string>;

TEST_CASE("an overwritten file has other ids and no copies, a renamed one keeps both") {
  Fixture t;
  const int64_t id = t.world.FileId("/d/f");
  t.world.Rename("/d/f", "/e/g");
  CHECK(t.world.FileId("/e/g") == id);
  CHECK(At(t.world, "/e/g", 2) == Strings{"w1 MEM"});
  CHECK_FALSE(t.world.InNamespace("/d/f"));
  t.world.Overwrite("/e/g", {.length = kMiB});
  CHECK(t.world.FileId("/e/g") != id);
  CHECK(At(t.world, "/e/g", 0).empty());
  CHECK(t.Info("/e/g").length() == kMiB);
}

TEST_CASE("copies move, vanish and double as told") {
  Fixture t;
  t.world.Move("/d/f", 0, "w1", "SSD").Cache("/d/f", 0, "w2", "HDD").Duplicate("/d/f", 0, "w2", "MEM");
  CHECK(At(t.world, "/d/f", 0) == Strings{"w1 SSD", "w2 HDD", "w2 MEM"});
  // The wire sorts by tier.
  const auto info = t.Info("/d/f");
  const auto& locations = info.file_block_infos(0).block_info().locations();
  REQUIRE(locations.size() == 3);
  CHECK(locations[0].tier_alias() == "MEM");
  CHECK(locations[2].worker_address().host() == "w2");
  t.world.Evict("/d/f", 0, "w2");
  CHECK(At(t.world, "/d/f", 0) == Strings{"w1 SSD"});
  t.world.DropBlockRecord("/d/f", 1);
  CHECK(t.Info("/d/f").block_ids_size() == 3);
  CHECK(t.Info("/d/f").file_block_infos_size() == 2);
}

TEST_CASE("a file that is being written has no length until it is complete") {
  Fixture t;
  t.world.AddFile("/d/new", {.length = 2 * kMiB, .completed = false});
  CHECK_FALSE(t.Info("/d/new").completed());
  CHECK(t.Info("/d/new").length() == 0);
  t.world.Complete("/d/new", 3 * kMiB);
  CHECK(t.Info("/d/new").completed());
  CHECK(t.Info("/d/new").length() == 3 * kMiB);
  CHECK(t.Info("/d/new").block_ids_size() == 3);
}

TEST_CASE("loading without ttl -1 dooms what it loads, in the under-store too") {
  Fixture t;
  t.world.AddUnloaded("/trap/deep/x", {.length = 1}).AddUnloaded("/safe/x", {.length = 1});
  CHECK_FALSE(t.world.Status("/trap/deep/x", "root", kNever).ok());
  REQUIRE(t.world.Status("/trap/deep/x", "root", {.load = true}).ok());
  REQUIRE(t.world.List({.path = "/safe"}, {.load = true, .ttl = -1, .ttl_action = file::TTL_FREE}).ok());
  CHECK(t.world.TtlVictims() == Strings{"/trap", "/trap/deep", "/trap/deep/x"});
  CHECK(t.Info("/trap").ttl() == 0);
  CHECK(t.Info("/trap").ttl_action() == file::TTL_DELETE);
  CHECK(t.Info("/safe/x").ttl() == -1);
  t.world.RunTtlChecker();
  CHECK_FALSE(t.world.InUnderStore("/trap/deep/x"));
  CHECK_FALSE(t.world.InNamespace("/trap"));
  CHECK(t.world.InUnderStore("/safe/x"));
}

TEST_CASE("a worker's restart shows in its start time, a master's life in its own") {
  Fixture t;
  const auto worker = [&t] { return t.world.WorkerReport(true, false).value().front(); };
  const int64_t before = worker().start_time_ms();
  t.world.RestartWorker("w1");
  CHECK(worker().start_time_ms() > before);
  const int64_t life = t.world.start_time_ms();
  const int64_t id = worker().id();
  t.world.BeginLife();
  CHECK(t.world.start_time_ms() > life);
  CHECK(t.world.WorkerReport(true, true).value().empty());
  t.world.RegisterAll();
  CHECK(worker().id() != id);
}

TEST_CASE("a silent worker that is heard again keeps its copies, a lost one has none until it registers") {
  Fixture t;
  t.world.Silence("w1");
  t.clock.Advance(std::chrono::seconds(200));
  t.world.Hear("w1");
  t.clock.Advance(std::chrono::seconds(200));
  CHECK(At(t.world, "/d/f", 0) == Strings{"w1 MEM"});
  t.world.Silence("w1");
  t.clock.Advance(std::chrono::seconds(301));
  t.world.Hear("w1");
  CHECK(At(t.world, "/d/f", 0).empty());
  t.world.Register("w1");
  CHECK(At(t.world, "/d/f", 0) == Strings{"w1 MEM"});
}

TEST_CASE("used bytes are those of the copies") {
  Fixture t;
  t.world.Cache("/d/f", 2, "w2", "SSD");
  const auto workers = t.world.WorkerReport(true, false).value();
  CHECK(workers[0].used_bytes_on_tiers().at("MEM") == 2 * kMiB + 5);
  CHECK(workers[0].used_bytes() == 2 * kMiB + 5);
  CHECK(workers[1].used_bytes_on_tiers().at("SSD") == 5);
}

TEST_CASE("a generated folder is listed among others, page by page, without being stored") {
  Fixture t;
  t.world.AddFile("/a", {.length = 1}).AddFile("/z", {.length = 1});
  t.world.Generate({.folder = "/g", .files = 25, .blocks_per_file = 3, .workers = 4});
  Strings all;
  ListQuery query = {.path = "/", .recursive = true, .limit = 4};
  for (bool more = true; more;) {
    const Listed page = t.world.List(query, kNever).value();
    for (const file::FileInfo& info : page.entries) all.push_back(info.path());
    more = page.truncated;
    query.after = all.back();
  }
  REQUIRE(all.size() == 30);
  CHECK(all[0] == "/a");
  CHECK(all[3] == "/g");
  CHECK(all[4] == "/g/part-0000000");
  CHECK(all[28] == "/g/part-0000024");
  CHECK(all[29] == "/z");
  CHECK(t.List({.path = "/"}) == Strings{"/a", "/d", "/g", "/z"});
  CHECK(t.List({.path = "/g"}).size() == 25);
  CHECK(t.List({.path = "/g/part-0000007"}) == Strings{"/g/part-0000007"});
  const file::FileInfo seventh = t.Info("/g/part-0000007");
  CHECK(t.List({.path = "/g", .after_id = seventh.file_id(), .limit = 1}) == Strings{"/g/part-0000008"});
  CHECK(seventh.length() == 3 * kMiB);
  REQUIRE(seventh.file_block_infos_size() == 3);
  const GeneratedFolder folder = *t.world.generated();
  for (int block = 0; block < 3; ++block) {
    const auto& info = seventh.file_block_infos(block).block_info();
    REQUIRE(info.locations_size() == 1);
    CHECK(info.locations(0).worker_address().host() == GeneratedFolder::HostOf(folder.WorkerOf(7, block)));
    CHECK(info.locations(0).tier_alias() == GeneratedFolder::TierOf(7, block));
  }
  t.world.Lose(GeneratedFolder::HostOf(folder.WorkerOf(7, 0)));
  CHECK(t.Info("/g/part-0000007").file_block_infos(0).block_info().locations_size() == 0);
}

TEST_CASE("a test's mistakes are thrown") {
  Fixture t;
  CHECK_THROWS_AS(t.world.AddFile("/d/f", {}), std::invalid_argument);
  CHECK_THROWS_AS(t.world.AddFile("d", {}), std::invalid_argument);
  CHECK_THROWS_AS(t.world.AddFile("/d/f/below", {}), std::invalid_argument);
  CHECK_THROWS_AS(t.world.Cache("/d/f", 3, "w1", "MEM"), std::invalid_argument);
  CHECK_THROWS_AS(t.world.Cache("/d/f", 0, "w9", "MEM"), std::invalid_argument);
  CHECK_THROWS_AS(t.world.Cache("/d/f", 0, "w1", "TAPE"), std::invalid_argument);
  CHECK_THROWS_AS(t.world.Evict("/d/f", 0, "w2"), std::invalid_argument);
  CHECK_THROWS_AS(t.world.Delete("/none"), std::invalid_argument);
  CHECK_THROWS_AS(t.world.AddWorker({.host = "w1"}), std::invalid_argument);
}

}  // namespace
}  // namespace locus::fake_alluxio
