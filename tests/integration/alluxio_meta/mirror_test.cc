// The mirror, from the wire of an Alluxio master (the fake one, which the contract suite judges) to locus-meta's
// answers: what it sees, and what bad things do to it.
#include "alluxio_meta/alluxio/mirror.h"

#include <catch2/catch.hpp>
#include <set>

#include "alluxio_meta/alluxio/master_client.h"
#include "common/clock.h"
#include "common/status.h"
#include "tests/integration/alluxio_meta/meta_server.h"
#include "tests/support/alluxio/fake_master.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;
using fake_alluxio::FakeMaster;
using fake_alluxio::Standby;

namespace {

// A clock that can be made to jump.
class JumpingClock final : public Clock {
 public:
  SteadyTime Now() const override { return real_.Now(); }
  WallTime WallNow() const override { return real_.WallNow() + std::chrono::seconds(jump_); }
  void Jump(std::chrono::seconds by) { jump_ += by.count(); }

 private:
  const SystemClock real_;
  std::atomic<int64_t> jump_{0};
};

// Fast enough that a test takes a second, slow enough for a loaded machine.
CatalogOptions Fast() {
  CatalogOptions options;
  options.source = Source::kAlluxio;
  options.workers.by_master = true;
  options.workers.lost_after = 10s;
  options.workers.master_silence = 1s;
  options.workers.stale_limit = 60s;
  options.interest.fast = 50ms;
  options.interest.fast_for = 1h;
  options.interest.negative_ttl = 100ms;
  options.interest.retry_pause = 50ms;
  options.interest.max_attempts = 1;
  options.interest.listing_silence = 1h;
  return options;
}

MasterOptions To(const std::vector<std::string>& masters) {
  static std::atomic<uint64_t> seed{1};
  MasterOptions options;
  options.masters = masters;
  options.user = "locus";
  options.call_timeout = 1s;
  options.connect_timeout = 500ms;
  options.reconnect_max = 50ms;
  options.calls_per_second = 1000;
  options.page_size = 3;
  options.seed = seed += 1000;
  return options;
}

// A mirror of these masters, and what locus-meta says.
struct Mirrored {
  explicit Mirrored(const std::vector<std::string>& masters, const Clock& clock = kReal,
                    const CatalogOptions& options = Fast(), const MasterOptions* client_options = nullptr)
      : server(clock, options),
        client(MasterClient::Create(client_options == nullptr ? To(masters) : *client_options, clock).value()),
        mirror(*client, server.catalog, {50ms, 100ms, 4}, clock) {
    mirror.Start();
  }
  ~Mirrored() { mirror.Stop(); }

  v1::InputLocality Get(const std::string& input) { return server.GetOne(input); }
  uint64_t On(const std::string& input, const std::string& host) {
    const v1::InputLocality answer = Get(input);
    uint64_t bytes = 0;
    for (const auto& holder : answer.holders()) {
      if (holder.address().host() != host) continue;
      for (const auto& tier : holder.tiers()) bytes += tier.bytes();
    }
    return bytes;
  }
  bool Stale() { return server.Get({"/d"}).freshness().stale(); }

  static const SystemClock kReal;
  MetaServer server;
  std::unique_ptr<MasterClient> client;
  Mirror mirror;
};
const SystemClock Mirrored::kReal;

// Ten files of three blocks of 100 bytes each in /d: all of them on a, the first block of each on b as well.
void Fill(FakeMaster& master) {
  fake_alluxio::World& world = master.world();
  world.AddWorker({.host = "a"}).AddWorker({.host = "b"});
  for (int i = 0; i < 10; ++i) {
    const std::string path = "/d/f" + std::to_string(i);
    world.AddFile(path, {.length = 300, .block_bytes = 100}).CacheFile(path, "a", "MEM").Cache(path, 0, "b", "SSD");
  }
}

}  // namespace

TEST_CASE("what the master says of a folder is what locus-meta answers, over several pages", "[mirror]") {
  FakeMaster master;
  Fill(master);
  Mirrored meta({master.target()});
  const v1::InputLocality d = meta.Get("/d");
  CHECK(d.state() == v1::InputLocality::KNOWN);
  CHECK(d.files() == 10);
  CHECK(d.blocks() == 30);
  CHECK(d.length_bytes() == 3000);
  CHECK(d.cached_bytes() == 3000);
  CHECK(meta.On("/d", "a") == 3000);
  CHECK(meta.On("/d", "b") == 1000);
  CHECK(meta.On("/d/f3", "b") == 100);
  CHECK(meta.On("alluxio://any:1/d/f[12]", "b") == 200);
  CHECK(meta.Get("/none").state() == v1::InputLocality::UNKNOWN);
  CHECK(master.calls().Careless().empty());
  CHECK(master.world().TtlVictims().empty());
}

TEST_CASE("changes at the master show in the answers", "[mirror]") {
  FakeMaster master;
  Fill(master);
  Mirrored meta({master.target()});
  REQUIRE(meta.On("/d", "b") == 1000);
  master.world().Evict("/d/f0", 0, "b").Cache("/d/f1", 1, "b", "MEM").Cache("/d/f1", 2, "b", "MEM");
  CHECK(Eventually([&] { return meta.On("/d", "b") == 1100; }));
  master.world().Delete("/d/f1");
  CHECK(Eventually([&] { return meta.Get("/d").files() == 9 && meta.On("/d", "b") == 800; }));
  master.world().Overwrite("/d/f2", {.length = 50, .block_bytes = 100});
  CHECK(Eventually([&] { return meta.Get("/d").length_bytes() == 2450 && meta.On("/d", "b") == 700; }));
  master.world().Rename("/d/f3", "/d/sub/g");
  CHECK(Eventually([&] { return meta.On("/d/sub", "b") == 100; }));
  CHECK(Eventually([&] { return meta.Get("/d/f3").state() == v1::InputLocality::UNKNOWN; }));
  CHECK(meta.On("/d", "b") == 700);
}

TEST_CASE("a master that is away at the start is waited for", "[mirror]") {
  FakeMaster master;
  Fill(master);
  master.Refuse();
  Mirrored meta({master.target()});
  CHECK(Eventually([&] { return meta.server.catalog.MasterProblem().find(master.target()) != std::string::npos; }));
  grpc::Status status;
  const auto pending = meta.server.Get({"/d"}, &status, 300ms);
  REQUIRE(pending.inputs_size() == 1);
  CHECK(pending.inputs(0).state() == v1::InputLocality::PENDING);
  CHECK(pending.inputs(0).problem().find("away") != std::string::npos);
  master.Restore();
  CHECK(meta.Get("/d").state() == v1::InputLocality::KNOWN);
  CHECK(meta.server.catalog.MasterProblem().empty());
}

TEST_CASE("a half-open connection makes answers stale, not wrong and not slow", "[mirror]") {
  FakeMaster master;
  Fill(master);
  Mirrored meta({master.target()});
  REQUIRE(meta.On("/d", "a") == 3000);
  master.Freeze();
  CHECK(Eventually([&] { return meta.Stale(); }));
  CHECK(meta.On("/d", "a") == 3000);
  master.world().Evict("/d/f0", 0, "b");
  master.Restore();
  CHECK(Eventually([&] { return !meta.Stale() && meta.On("/d", "b") == 900; }));
}

TEST_CASE("a session that ends, or that the master forgets, is begun anew", "[mirror]") {
  FakeMaster master;
  Fill(master);
  Mirrored meta({master.target()});
  REQUIRE(meta.On("/d", "b") == 1000);
  master.ForgetSessions();
  master.world().Evict("/d/f0", 0, "b");
  CHECK(Eventually([&] { return meta.On("/d", "b") == 900; }));
  master.EndSessions(grpc::Status::OK);
  master.world().Evict("/d/f1", 0, "b");
  CHECK(Eventually([&] { return meta.On("/d", "b") == 800; }));
}

TEST_CASE("a listing that fails on page 7 takes nothing away", "[mirror]") {
  FakeMaster master;
  Fill(master);
  // One entry a page.
  MasterOptions options = To({master.target()});
  options.page_size = 1;
  Mirrored meta({}, Mirrored::kReal, Fast(), &options);
  REQUIRE(meta.Get("/d").files() == 10);
  master.faults().Fail("ListStatusPartial", {grpc::StatusCode::INTERNAL, "page 7 is broken"}, 1000, 6);
  CHECK(Eventually([&] { return meta.Get("/d").problem().find("page 7 is broken") != std::string::npos; }));
  CHECK(meta.Get("/d").state() == v1::InputLocality::KNOWN);
  CHECK(meta.Get("/d").files() == 10);
  CHECK(meta.On("/d", "a") == 3000);
  master.faults().Clear();
  CHECK(Eventually([&] { return meta.Get("/d").problem().empty(); }));
}

TEST_CASE("a folder that is removed between two pages takes no other file out of the listing", "[mirror]") {
  FakeMaster master;
  fake_alluxio::World& world = master.world();
  world.AddWorker({.host = "a"});
  std::set<std::string> kept;
  for (int d = 0; d < 4; ++d) {
    for (int f = 0; f < 4; ++f) {
      const std::string path = "/d/x" + std::to_string(d) + "/y/f" + std::to_string(f);
      world.AddFile(path, {.length = 100, .block_bytes = 100});
      if (d != 1) kept.insert(path);
    }
  }
  MasterOptions options = To({master.target()});
  options.page_size = 3;
  const auto client = MasterClient::Create(options, Mirrored::kReal).value();
  std::set<std::string> listed;
  bool removed = false;
  REQUIRE(client
              ->List("/d",
                     [&](const MasterPage& page) {
                       for (const MasterFile& file : page.files) listed.insert(file.fact.path);
                       // The last entry of this page lies in the folder that goes now.
                       const bool inside = !page.files.empty() && page.files.back().fact.path.starts_with("/d/x1/");
                       if (inside && !std::exchange(removed, true)) world.Delete("/d/x1");
                       return true;
                     })
              .ok());
  REQUIRE(removed);
  std::erase_if(listed, [](const std::string& path) { return path.starts_with("/d/x1/"); });
  CHECK(listed == kept);
}

TEST_CASE("a page above the limit is asked for in halves", "[mirror]") {
  FakeMaster master;
  Fill(master);
  master.faults().PadEntries(40'000);
  MasterOptions options = To({master.target()});
  options.page_size = 8;
  options.max_message_bytes = 100'000;
  Mirrored meta({}, Mirrored::kReal, Fast(), &options);
  CHECK(meta.Get("/d").files() == 10);
  CHECK(meta.client->Stats().halved_pages > 0);
}

TEST_CASE("a path without permission is unknown with the master's reason", "[mirror]") {
  FakeMaster master;
  Fill(master);
  master.world().DenyRead("/d", "locus");
  Mirrored meta({master.target()});
  const v1::InputLocality d = meta.Get("/d");
  CHECK(d.state() == v1::InputLocality::UNKNOWN);
  CHECK_FALSE(d.problem().empty());
  const uint64_t asked = master.calls().Count("ListStatusPartial");
  CHECK(Eventually([&] { return master.calls().Count("ListStatusPartial") > asked; }));
}

TEST_CASE("an empty answer of a folder that is not loaded says so, and loading it shows", "[mirror]") {
  FakeMaster master;
  Fill(master);
  master.world().AddFolder("/d/later").AddUnloaded("/d/later/f", {.length = 500, .block_bytes = 100});
  Mirrored meta({master.target()});
  const v1::InputLocality later = meta.Get("/d/later");
  CHECK(later.state() == v1::InputLocality::KNOWN);
  CHECK(later.files() == 0);
  CHECK(later.problem().find("not loaded") != std::string::npos);
  CHECK(master.world().InUnderStore("/d/later/f"));
  CHECK_FALSE(master.world().InNamespace("/d/later/f"));
}

TEST_CASE("a master without listings by page is read as a stream", "[mirror]") {
  FakeMaster master;
  Fill(master);
  master.faults().WithoutPartialListing();
  Mirrored meta({master.target()});
  CHECK(meta.Get("/d").files() == 10);
  CHECK(meta.On("/d", "b") == 1000);
  CHECK(master.calls().Count("ListStatus") > 0);
}

TEST_CASE("a restarted master without workers takes nothing away", "[mirror]") {
  FakeMaster master;
  Fill(master);
  Mirrored meta({master.target()});
  REQUIRE(meta.On("/d", "a") == 3000);
  master.Restart();
  CHECK(Eventually([&] { return meta.server.catalog.Stats().master_term == 2; }));
  const uint64_t asked = master.calls().Count("ListStatusPartial");
  CHECK(Eventually([&] { return master.calls().Count("ListStatusPartial") > asked + 20; }));
  CHECK(meta.Stale());
  CHECK(meta.On("/d", "a") == 3000);
  CHECK(meta.On("/d", "b") == 1000);
  master.world().Evict("/d/f0", 0, "b");
  master.world().Register("b");
  CHECK(Eventually([&] { return meta.On("/d", "b") == 900; }));
  CHECK(meta.On("/d", "a") == 3000);
  CHECK(meta.Stale());
  master.world().Register("a");
  CHECK(Eventually([&] { return !meta.Stale(); }));
  CHECK(meta.On("/d", "a") == 3000);
}

TEST_CASE("the leader is followed from master to master, and answers never fail", "[mirror]") {
  FakeMaster first, second;
  Fill(first);
  Fill(second);
  second.BecomeStandby(Standby::kUnavailable);
  Mirrored meta({first.target(), second.target()});
  REQUIRE(meta.On("/d", "b") == 1000);
  first.Refuse();
  second.BecomeLeader();
  second.world().Evict("/d/f0", 0, "b");
  CHECK(Eventually([&] {
    CHECK(meta.On("/d", "a") == 3000);
    return meta.server.catalog.Stats().master_term == 2;
  }));
  CHECK(meta.Stale());
  second.world().RegisterAll();
  CHECK(Eventually([&] { return !meta.Stale() && meta.On("/d", "b") == 900; }));
}

TEST_CASE("a worker whose process was killed stops counting, and returns with its blocks", "[mirror]") {
  FakeMaster master;
  Fill(master);
  CatalogOptions options = Fast();
  options.workers.lost_after = 2s;
  Mirrored meta({master.target()}, Mirrored::kReal, options);
  REQUIRE(meta.On("/d", "b") == 1000);
  master.world().Silence("b");
  CHECK(Eventually([&] { return meta.On("/d", "b") == 0; }));
  CHECK(meta.On("/d", "a") == 3000);
  CHECK(meta.Get("/d").cached_bytes() == 3000);
  master.world().RestartWorker("b").Register("b");
  CHECK(Eventually([&] { return meta.On("/d", "b") == 1000; }));
}

TEST_CASE("a wall clock that jumps changes nothing", "[mirror]") {
  FakeMaster master;
  Fill(master);
  JumpingClock clock;
  Mirrored meta({master.target()}, clock);
  REQUIRE(meta.On("/d", "a") == 3000);
  for (const auto jump : {100'000s, -200'000s}) {
    clock.Jump(jump);
    const uint64_t asked = master.calls().Count("GetWorkerReport");
    CHECK(Eventually([&] { return master.calls().Count("GetWorkerReport") > asked + 3; }));
    CHECK(meta.On("/d", "a") == 3000);
    CHECK_FALSE(meta.Stale());
  }
}

TEST_CASE("the budget of calls holds, whatever is asked", "[mirror]") {
  FakeMaster master;
  Fill(master);
  MasterOptions options = To({master.target()});
  options.calls_per_second = 20;
  Mirrored meta({}, Mirrored::kReal, Fast(), &options);
  std::vector<std::string> inputs;
  for (int i = 0; i < 60; ++i) inputs.push_back("/d/f" + std::to_string(i));
  CHECK(Eventually([&] {
    meta.server.Get(inputs);
    return master.calls().Count() > 100;
  }));
  // The client's spacing is exact (call_budget_test); on their way calls may bunch up a little.
  const std::vector<fake_alluxio::Call> calls = master.calls().All();
  const Duration span = calls.back().at - calls.front().at;
  CHECK(static_cast<double>(calls.size()) <= 20 * (ToSeconds(span) + 0.25) + 1);
}

TEST_CASE("a URI of the under-store and one of Alluxio reach the same files, through nested mounts", "[mirror]") {
  FakeMaster master;
  Fill(master);
  master.world().Mount("/d", {.ufs_uri = "s3://bucket/data"}).Mount("/d/deep", {.ufs_uri = "s3://bucket/data/x/y"});
  master.world().AddFile("/d/deep/f", {.length = 100, .block_bytes = 100}).CacheFile("/d/deep/f", "b", "MEM");
  Mirrored meta({master.target()});
  CHECK(Eventually([&] { return meta.Get("s3a://bucket/data/f0").state() == v1::InputLocality::KNOWN; }));
  CHECK(meta.On("s3a://bucket/data/f0", "b") == 100);
  CHECK(meta.On("s3a://bucket/data/x/y/f", "b") == 100);
  CHECK(meta.Get("s3a://other/f").state() == v1::InputLocality::INVALID);
}

TEST_CASE("a stop in the middle of a listing is prompt", "[mirror]") {
  FakeMaster master;
  Fill(master);
  master.faults().Hang("ListStatusPartial");
  Mirrored meta({master.target()});
  meta.server.Get({"/d"}, nullptr, 100ms);
  CHECK(Eventually([&] { return master.calls().Count("ListStatusPartial") > 0; }));
  const SteadyTime start = Mirrored::kReal.Now();
  meta.mirror.Stop();
  // Well below the call's deadline would be 0; this only tells it from a stop that waits for it.
  CHECK(Mirrored::kReal.Now() - start < 900ms);
}
