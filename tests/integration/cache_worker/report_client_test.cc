// The news stream against a locus-meta of our own, over loopback.
#include "cache_worker/report/report_client.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "cache_worker/report/lister.h"
#include "cache_worker/report/store_source.h"
#include "common/status.h"
#include "tests/integration/cache_worker/fake_meta.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

// A store, an under-store and a client that reports them; locus-meta comes and goes.
struct Node {
  explicit Node(size_t max_queue = 1000, Duration welcome_timeout = 10s, uint32_t beat_ms = 30)
      : queue(std::make_shared<ReportQueue>(max_queue)),
        store(OpenStore(disk, TwoTiers(1 << 20, 1 << 20), queue.get())),
        meta(beat_ms) {
    StartMeta(0);
    ReportOptions options;
    options.address.set_host("10.0.0.1");
    options.address.set_data_port(8920);
    options.node = "node-1";
    options.version = "1.2.3";
    options.reconnect_max = 50ms;
    options.welcome_timeout = welcome_timeout;
    client = std::make_unique<ReportClient>(
        options, [this] { return MakeChannel("127.0.0.1:" + std::to_string(port)); },
        ReportSources{source, &lister, [this] { return load; }}, queue, clock);
  }
  ~Node() {
    client->Stop();
    meta.SetDeaf(false);
    server->Stop();
  }

  void StartMeta(int at) {
    GrpcServerOptions options;
    options.port = at;
    options.drain = 50ms;
    server = std::make_unique<GrpcServer>(options);
    REQUIRE(server->Start({&meta}).ok());
    port = server->port();
  }
  bool Synced(size_t streams) {
    return Eventually(
        [&] { return meta.count() >= streams && meta.latest().snapshot_complete && client->reporting(); });
  }
  bool Told(const std::set<std::string>& blocks) {
    return Eventually([&] { return meta.latest().blocks == blocks; });
  }
  void Put(uint64_t id, const std::string& path, uint32_t index, Tier tier) {
    REQUIRE(
        PutBlock(*store, TestFile(id, path, 100 * kTestBlock), index, PatternBytes(kTestBlock, index), {tier}).ok());
  }

  FakeFileSystem disk;
  FakeOrigin origin;
  const SystemClock clock;
  const std::shared_ptr<ReportQueue> queue;
  std::unique_ptr<BlockStore> store;
  StoreSource source{*store};
  ReadThrough reads{origin, *store, 4, clock, [](Duration) {}};
  Lister lister{reads};
  std::optional<LoadTerms> load = LoadTerms{0.5, {}, {}, {}, {}, {}};
  FakeMeta meta;
  std::unique_ptr<GrpcServer> server;
  // Read by the client's thread for each attempt.
  std::atomic<int> port{0};
  std::unique_ptr<ReportClient> client;
};

}  // namespace

TEST_CASE("a stream begins with who we are and what we hold, then tells what changes", "[report]") {
  Node node;
  node.Put(1, "/a", 0, Tier::kMem);
  node.Put(1, "/a", 7, Tier::kSsd);
  node.client->Start();
  REQUIRE(node.Synced(1));
  const auto first = node.meta.latest();
  CHECK(first.hello.address().host() == "10.0.0.1");
  CHECK(first.hello.address().data_port() == 8920);
  CHECK(first.hello.node() == "node-1");
  CHECK(first.hello.version() == "1.2.3");
  REQUIRE(first.hello.tiers_size() == 2);
  CHECK(first.hello.tiers(0).used_bytes() == kTestBlock);
  CHECK(first.hello.tiers(0).capacity_bytes() == 1 << 20);
  CHECK(first.blocks == std::set<std::string>{"/a#0 MEM", "/a#7 SSD"});
  CHECK(first.after_snapshot.empty());

  node.Put(2, "/b", 3, Tier::kMem);
  node.store->Drop("/a");
  REQUIRE(node.Told({"/b#3 MEM"}));
  CHECK(node.meta.latest().after_snapshot == std::vector<std::string>{"+/b#3 MEM", "-/a#0 MEM", "-/a#7 SSD"});
  CHECK(node.meta.latest().violations.empty());
  CHECK(node.meta.count() == 1);
}

TEST_CASE("an empty cache has a snapshot too", "[report]") {
  Node node;
  node.client->Start();
  REQUIRE(node.Synced(1));
  CHECK(node.meta.latest().blocks.empty());
}

TEST_CASE("beats with the load come more often than the interval that was asked for", "[report]") {
  Node node(1000, 10s, 300);
  node.client->Start();
  REQUIRE(node.Synced(1));
  // Silence would show here: the cache does not change.
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(Eventually([&] { return node.meta.latest().beats_with_load >= 6; }));
  const auto took = std::chrono::steady_clock::now() - start;
  // A beat each third of 300 ms: the first at once, five more in half a second. Not faster than that, or the server
  // drowns.
  CHECK(took >= 400ms);
}

TEST_CASE("a load that is not known yet is not told", "[report]") {
  Node node;
  node.load = std::nullopt;
  node.client->Start();
  REQUIRE(node.Synced(1));
  REQUIRE(Eventually([&] { return node.meta.latest().beats >= 2; }));
  CHECK(node.meta.latest().beats_with_load == 0);
}

TEST_CASE("a snapshot of many blocks comes whole, in messages within the bound", "[report]") {
  // A file and a block each: three messages' worth before the stream begins, and as much after.
  constexpr uint64_t kFiles = 6000;
  Node node(100'000);
  const auto put = [&](uint64_t id) {
    REQUIRE(PutBlock(*node.store, TestFile(id, "/many/" + std::to_string(id), 1), 0, "x").ok());
  };
  for (uint64_t id = 1; id <= kFiles; ++id) put(id);
  node.client->Start();
  REQUIRE(node.Synced(1));
  CHECK(node.meta.latest().blocks.size() == kFiles);
  for (uint64_t id = kFiles + 1; id <= 2 * kFiles; ++id) put(id);
  CHECK(Eventually([&] { return node.meta.latest().blocks.size() == 2 * kFiles; }));
  CHECK(node.meta.latest().violations.empty());
  CHECK(node.meta.count() == 1);
}

TEST_CASE("a stream that is cut comes back with a whole snapshot", "[report]") {
  Node node;
  node.Put(1, "/a", 0, Tier::kMem);
  node.client->Start();
  REQUIRE(node.Synced(1));
  node.meta.CutStream();
  REQUIRE(Eventually([&] { return node.meta.count() >= 2; }));
  REQUIRE(node.Synced(2));
  CHECK(node.Told({"/a#0 MEM"}));
  CHECK(node.client->reconnects() >= 1);
  CHECK(node.client->resyncs() >= 2);
}

TEST_CASE("a locus-meta that was away is told what changed meanwhile", "[report]") {
  Node node;
  node.Put(1, "/a", 0, Tier::kMem);
  node.client->Start();
  REQUIRE(node.Synced(1));
  const int port = node.port.load();
  node.server->Stop();
  REQUIRE(Eventually([&] { return !node.client->reporting(); }));
  node.store->Drop("/a");
  node.Put(2, "/b", 0, Tier::kSsd);
  node.StartMeta(port);
  REQUIRE(node.Synced(2));
  CHECK(node.Told({"/b#0 SSD"}));
  CHECK(node.meta.latest().violations.empty());
}

TEST_CASE("a locus-meta that takes nothing overflows the queue, and is told all anew", "[report]") {
  Node node(100);
  node.client->Start();
  REQUIRE(node.Synced(1));
  node.meta.SetDeaf(true);
  // Until the connection's buffers are full and the queue behind them too.
  const auto next = [&](uint64_t id) {
    const auto f = TestFile(id, "/f" + std::to_string(id) + std::string(3000, 'x'), 1);
    if (PutBlock(*node.store, f, 0, "x").ok()) node.store->Drop(f->path);
  };
  for (uint64_t id = 10; id < 100'000 && node.queue->overflows() == 0; ++id) next(id);
  REQUIRE(node.queue->overflows() >= 1);
  node.Put(5, "/last", 0, Tier::kMem);
  node.meta.SetDeaf(false);
  REQUIRE(node.Synced(2));
  CHECK(node.Told({"/last#0 MEM"}));
  CHECK(node.meta.latest().violations.empty());
}

TEST_CASE("a server that never says welcome is left and tried again", "[report]") {
  Node node(1000, 50ms);
  node.meta.SetMute(true);
  node.client->Start();
  REQUIRE(Eventually([&] { return node.meta.count() >= 2; }));
  CHECK_FALSE(node.client->reporting());
  node.meta.SetMute(false);
  CHECK(Eventually([&] { return node.client->reporting(); }));
}

TEST_CASE("questions about the under-store are answered while beats go on", "[report]") {
  Node node;
  for (int i = 0; i < 2300; ++i) node.origin.Put("/d/" + std::to_string(i), "abc");
  node.client->Start();
  REQUIRE(node.Synced(1));
  REQUIRE(node.meta.Ask(1, "/d", 5000));
  REQUIRE(node.meta.Ask(2, "/none", 5000));
  REQUIRE(node.meta.Ask(3, "/d", 10));
  REQUIRE(node.meta.Ask(4, "//", 10));
  std::map<uint64_t, v1::Listing> ends;
  std::map<uint64_t, int> files;
  REQUIRE(Eventually([&] {
    ends.clear();
    files.clear();
    for (const v1::Listing& listing : node.meta.latest().listings) {
      files[listing.request()] += listing.files_size();
      if (listing.done()) ends[listing.request()] = listing;
    }
    return ends.size() == 4;
  }));
  CHECK(files[1] == 2300);
  CHECK(ends[1].problem().empty());
  CHECK(ends[2].not_found());
  CHECK(files[3] == 10);
  CHECK(ends[3].problem() == "cut at the limit of 10 files");
  CHECK_FALSE(ends[4].problem().empty());
  for (const v1::Listing& listing : node.meta.latest().listings) CHECK(listing.files_size() <= 1000);
}

TEST_CASE("a listing that hangs holds up neither beats nor changes", "[report]") {
  Node node;
  std::atomic<bool> go{false};
  class Slow final : public Origin {
   public:
    explicit Slow(std::atomic<bool>& go) : go_(go) {}
    absl::StatusOr<OriginFile> Stat(const std::string&) override { return NotFound("none"); }
    absl::Status List(const std::string&, const std::function<bool(const OriginFile&)>&) override {
      Eventually([&] { return go_.load(); });
      return absl::OkStatus();
    }
    absl::Status Children(const std::string&, const std::function<bool(const OriginFile&)>&,
                          const std::function<bool(const std::string&)>&) override {
      return NotFound("none");
    }
    absl::Status Read(const Content&, uint64_t, size_t, char*) override { return NotFound("none"); }

   private:
    std::atomic<bool>& go_;
  } slow(go);
  ReadThrough reads(slow, *node.store, 1, node.clock, [](Duration) {});
  Lister lister(reads);
  ReportOptions options;
  options.address.set_host("h");
  options.address.set_data_port(1);
  ReportClient client(
      options, [&] { return MakeChannel("127.0.0.1:" + std::to_string(node.port)); },
      ReportSources{node.source, &lister, [] { return std::nullopt; }}, node.queue, node.clock);
  client.Start();
  REQUIRE(Eventually([&] { return client.reporting(); }));
  REQUIRE(node.meta.Ask(1, "/", 10));
  const int beats = node.meta.latest().beats;
  node.Put(1, "/a", 0, Tier::kMem);
  CHECK(node.Told({"/a#0 MEM"}));
  CHECK(Eventually([&] { return node.meta.latest().beats >= beats + 3; }));
  CHECK(node.meta.latest().listings.empty());
  go = true;
  CHECK(Eventually([&] { return !node.meta.latest().listings.empty(); }));
  client.Stop();
}

TEST_CASE("a worker without an under-store says so when it is asked to list", "[report]") {
  Node node;
  ReportOptions options;
  options.address.set_host("h");
  options.address.set_data_port(1);
  options.blocks = v1::Hello::ALLUXIO;
  ReportClient client(
      options, [&] { return MakeChannel("127.0.0.1:" + std::to_string(node.port)); },
      ReportSources{node.source, nullptr, [] { return std::nullopt; }}, node.queue, node.clock);
  client.Start();
  REQUIRE(Eventually([&] { return client.reporting(); }));
  REQUIRE(node.meta.Ask(7, "/", 10));
  REQUIRE(Eventually([&] { return !node.meta.latest().listings.empty(); }));
  const v1::Listing answer = node.meta.latest().listings[0];
  CHECK(answer.request() == 7);
  CHECK(answer.done());
  CHECK_FALSE(answer.not_found());
  CHECK(answer.problem() == "this worker has no under-store to list: its blocks are an Alluxio worker's");
  CHECK(node.meta.latest().hello.blocks() == v1::Hello::ALLUXIO);
  client.Stop();
}

TEST_CASE("a change of what the probe tells does not wait for the next beat", "[report]") {
  // A beat each twenty seconds.
  Node node(1000, 10s, 60'000);
  std::atomic<int> state{-1};
  ReportOptions options;
  options.address.set_host("h");
  options.address.set_data_port(1);
  const auto serving = [&]() -> std::optional<bool> {
    if (state < 0) return std::nullopt;
    return state == 1;
  };
  ReportClient client(
      options, [&] { return MakeChannel("127.0.0.1:" + std::to_string(node.port)); },
      ReportSources{node.source, nullptr, [] { return std::nullopt; }, serving}, node.queue, node.clock);
  client.Start();
  REQUIRE(Eventually([&] { return node.meta.latest().serving == std::vector<std::string>{"unknown"}; }));
  const auto start = std::chrono::steady_clock::now();
  state = 1;
  node.queue->AskBeat();
  REQUIRE(Eventually([&] { return node.meta.latest().serving.back() == "yes"; }));
  state = 0;
  node.queue->AskBeat();
  REQUIRE(Eventually([&] { return node.meta.latest().serving.back() == "no"; }));
  CHECK(std::chrono::steady_clock::now() - start < 15s);
  CHECK(node.meta.latest().beats == 3);
  client.Stop();
}

TEST_CASE("who reads from the Alluxio worker is told when it changes, to those who want to know", "[report]") {
  for (const bool wanted : {true, false}) {
    INFO(wanted);
    Node node;
    node.meta.SetTakesTraffic(wanted);
    std::atomic<uint64_t> bytes{5};
    ReportOptions options;
    options.address.set_host("h");
    options.address.set_data_port(1);
    ReportSources sources{node.source, nullptr, [] { return std::nullopt; }};
    sources.traffic = [&] { return std::vector<ClientBytes>{{"10.0.0.9", bytes}}; };
    ReportClient client(
        options, [&] { return MakeChannel("127.0.0.1:" + std::to_string(node.port)); }, sources, node.queue,
        node.clock);
    client.Start();
    const auto beats = [&](int more) {
      const int now = node.meta.latest().beats;
      REQUIRE(Eventually([&] { return node.meta.latest().beats > now + more; }));
    };
    beats(3);
    bytes = 8;
    beats(3);
    using Told = std::vector<std::vector<std::string>>;
    CHECK(node.meta.latest().traffic == (wanted ? Told{{"10.0.0.9 5"}, {"10.0.0.9 8"}} : Told{}));
    client.Stop();
  }
}

TEST_CASE("stopping does not wait for a locus-meta that is away, silent or deaf", "[report]") {
  enum class Meta { kAway, kSilent, kDeaf };
  for (const Meta state : {Meta::kAway, Meta::kSilent, Meta::kDeaf}) {
    INFO(static_cast<int>(state));
    Node node(1000, 1h);
    if (state == Meta::kAway) node.server->Stop();
    if (state == Meta::kSilent) node.meta.SetMute(true);
    if (state == Meta::kDeaf) node.meta.SetDeaf(true);
    node.client->Start();
    // In the middle of what it can get to.
    REQUIRE(Eventually([&] { return state == Meta::kAway ? node.client->reconnects() > 0 : node.meta.count() > 0; }));
    node.client->Stop();
    node.client->Stop();
    CHECK_FALSE(node.client->reporting());
  }
}
