// What holds while the world changes. A real master cannot be steered from here: these are [fake-only], and say what
// the fake must do because a real one was seen to do it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "common/testing/fake_clock.h"
#include "tests/contract/alluxio/judged_master.h"

namespace locus::alluxio_contract {
namespace {

// A fake with the made-up world, at the test's own time.
struct Changing {
  FakeClock clock;
  fake_alluxio::FakeMaster master{{.clock = &clock}};
  DescribedWorld expected = MadeUpWorld();
  Connection connection{master.target()};
  std::unique_ptr<Handshake> session;

  Changing() {
    Build(expected, master.world());
    LogIn();
  }
  void LogIn() { session = std::make_unique<Handshake>(connection, expected.user); }
  const std::string& id() const { return session->id(); }
  int Locations(const std::string& path) {
    int locations = 0;
    const auto status = connection.Status(id(), path);
    for (const auto& of_file : status.body.file_block_infos()) locations += of_file.block_info().locations_size();
    return locations;
  }
};

constexpr const char* kFile = "/contract/data/sub/deep/d";
constexpr const char* kWorker = "127.0.0.12:29999";

TEST_CASE("pages behind start_after name what stays exactly once while files come and go", "[fake-only]") {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Changing world;
    std::set<std::string> moving;
    const std::vector<std::string> staying = world.expected.Paths();
    const std::vector<std::string> folders = {"/contract/data", "/contract/data/sub", "/contract/data/many"};
    std::vector<std::string> seen;
    file::ListStatusPartialOptions options;
    options.set_batch_size(3);
    for (bool more = true; more;) {
      const auto page = world.connection.Partial(world.id(), world.expected.folder, true, options);
      REQUIRE(page.ok());
      for (const auto& info : page.body.file_infos()) seen.push_back(info.path());
      more = page.body.is_truncated();
      options.set_start_after(seen.back());
      for (int i = 0; i < 4; ++i) {
        const std::string path = folders[random() % folders.size()] + "/m" + std::to_string(random() % 20);
        if (moving.insert(path).second) {
          world.master.world().AddFile(path, {.length = 1});
        } else {
          moving.erase(path);
          world.master.world().Delete(path);
        }
      }
    }
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == seen.size());
    const std::set<std::string> found(seen.begin(), seen.end());
    for (const std::string& path : staying) CHECK(found.count(path) == 1);
  }
}

TEST_CASE("a restarted master answers OK without workers and locations until they register", "[fake-only]") {
  Changing world;
  const auto before = world.connection.MasterInfo(world.id());
  REQUIRE(world.Locations(kFile) == 4);
  world.master.Restart();
  Connection again(world.master.target());
  CHECK(again.Status(world.id(), "/").status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  Handshake session(again, world.expected.user);
  const auto after = again.MasterInfo(session.id());
  REQUIRE(after.ok());
  CHECK(after.body.cluster_id() == before.body.cluster_id());
  CHECK(after.body.start_time_ms() > before.body.start_time_ms());
  const auto workers = again.WorkerList(session.id());
  REQUIRE(workers.ok());
  CHECK(workers.body.worker_infos_size() == 0);
  const auto status = again.Status(session.id(), kFile);
  REQUIRE(status.ok());
  CHECK(status.body.file_block_infos(1).block_info().locations_size() == 0);
  CHECK(status.body.length() == 3200000);

  world.master.world().RegisterAll();
  CHECK(again.WorkerList(session.id()).body.worker_infos_size() == 3);
  CHECK(again.Status(session.id(), kFile).body.file_block_infos(1).block_info().locations_size() == 3);
}

TEST_CASE("a silent worker stays ACTIVE for 300 seconds, and only the report tells how silent", "[fake-only]") {
  Changing world;
  // Fills the cache of the list.
  REQUIRE(world.connection.WorkerList(world.id()).ok());
  world.master.world().Silence(kWorker);
  world.clock.Advance(std::chrono::seconds(9));
  const auto silence = [](const block::GetWorkerInfoListResponse& workers) {
    int32_t most = 0;
    for (const auto& worker : workers.worker_infos()) most = std::max(most, worker.last_contact_sec());
    return most;
  };
  const auto report = [&] { return world.connection.WorkerReport(world.id(), block::WORKERS_LIVE, AllWorkerFields()); };
  CHECK(silence(world.connection.WorkerList(world.id()).body) == 0);
  CHECK(silence(report().body) == 9);
  world.clock.Advance(std::chrono::seconds(2));
  CHECK(silence(world.connection.WorkerList(world.id()).body) == 11);
  world.clock.Advance(std::chrono::seconds(289));
  CHECK(silence(report().body) == 300);
  CHECK(world.connection.WorkerList(world.id()).body.worker_infos_size() == 3);
  CHECK(world.Locations(kFile) == 4);
  world.clock.Advance(std::chrono::seconds(1));
  CHECK(report().body.worker_infos_size() == 2);
  CHECK(world.connection.WorkerList(world.id()).body.worker_infos_size() == 2);
  CHECK(world.Locations(kFile) == 2);
  const auto lost = world.connection.WorkerReport(world.id(), block::WORKERS_LOST, AllWorkerFields());
  REQUIRE(lost.body.worker_infos_size() == 1);
  CHECK(lost.body.worker_infos(0).state() == "LOST");
  // The cached list is reset by a registration.
  world.master.world().Register(kWorker);
  CHECK(silence(world.connection.WorkerList(world.id()).body) == 0);
  CHECK(world.Locations(kFile) == 4);
}

TEST_CASE("in safe mode workers and files with blocks are UNAVAILABLE, folders are not", "[fake-only]") {
  Changing world;
  world.master.world().SetSafeMode(true);
  constexpr auto kUnavailable = grpc::StatusCode::UNAVAILABLE;
  CHECK(world.connection.WorkerList(world.id()).status.error_code() == kUnavailable);
  CHECK(world.connection.Status(world.id(), kFile).status.error_code() == kUnavailable);
  CHECK(world.connection.List(world.id(), "/contract/data", true).status.error_code() == kUnavailable);
  CHECK(world.connection.Status(world.id(), "/contract/data").ok());
  CHECK(world.connection.MasterInfo(world.id()).body.safe_mode());
}

TEST_CASE("a listing needs READ on its folder, and leaves out what is below a folder without EXECUTE", "[fake-only]") {
  Changing world;
  world.master.world().DenyRead("/contract/data/sub-x", "bob").DenyExecute("/contract/data/sub", "bob");
  Handshake bob(world.connection, "bob");
  constexpr auto kDenied = grpc::StatusCode::PERMISSION_DENIED;
  CHECK(world.connection.List(bob.id(), "/contract/data/sub-x", true).status.error_code() == kDenied);
  CHECK(world.connection.Partial(bob.id(), "/contract/data/sub-x", true, {}).status.error_code() == kDenied);
  CHECK(world.connection.Status(bob.id(), kFile).status.error_code() == kDenied);
  std::vector<std::string> expected;
  for (const std::string& path : world.expected.Paths()) {
    if (path.rfind("/contract/data/sub/", 0) != 0) expected.push_back(path);
  }
  CHECK(Judged::PathsOf(world.connection.List(bob.id(), "/contract/data", true).body.entries) == expected);
  CHECK(world.connection.List(world.id(), "/contract/data/sub", true).body.entries.size() == 3);
}

}  // namespace
}  // namespace locus::alluxio_contract
