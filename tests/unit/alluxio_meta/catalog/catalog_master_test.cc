// The catalog with an Alluxio master, with and without agents beside its workers.
#include <catch2/catch.hpp>

#include "alluxio_meta/catalog/catalog.h"
#include "common/status.h"
#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

// Remembers what it was asked.
class FakeMirror final : public WorkerLink {
 public:
  void AskListing(uint64_t request, const std::string& path, uint32_t) override { asked.emplace_back(request, path); }
  void Cut() override { cut = true; }
  std::vector<std::pair<uint64_t, std::string>> asked;
  bool cut = false;
};

// One file of 100 bytes in blocks of 10 at /t/f; copies as (block, host, tier).
struct Copy {
  uint32_t block;
  std::string host;
  Tier tier;
};

struct Fixture {
  Fixture() {
    options.source = Source::kBoth;
    options.run = 42;
    options.workers.by_master = true;
    options.workers.lost_after = 10s;
    options.interest.fast = 1s;
    options.interest.fast_for = 30s;
    options.interest.max_attempts = 1;
    Restart();
  }
  void Restart() {
    catalog.emplace(options, MountTable(), clock);
    mirror = std::make_shared<FakeMirror>();
    catalog->SetMirror(mirror);
  }

  static HolderAddress Address(const std::string& host) { return {host, "", 29999}; }
  void Workers(MasterTerm term, const std::vector<std::string>& hosts) {
    MasterWorkers said;
    said.term = term;
    for (const std::string& host : hosts) {
      MasterWorker worker;
      worker.address = Address(host);
      worker.start_ms = 1;
      said.workers.push_back(worker);
    }
    catalog->MasterWorkersSaid(said);
  }
  // An agent beside the worker on `host`, whose snapshot is these blocks of file 1.
  uint64_t Agent(const std::string& host, const std::vector<BlockChange>& blocks) {
    WorkerHello hello;
    hello.address = Address(host);
    hello.node = "node-" + host;
    hello.of_alluxio = true;
    agent = std::make_shared<FakeMirror>();
    const uint64_t stream = catalog->OpenStream(hello, agent).value();
    CHECK(catalog->Apply(stream, {}, blocks).ok());
    CHECK(catalog->EndSnapshot(stream).ok());
    return stream;
  }
  static MasterFile File(const std::vector<Copy>& copies, MasterPage* page, FileFact fact = {1, "/t/f", 100, 10, 1}) {
    MasterFile file;
    file.fact = std::move(fact);
    for (const Copy& copy : copies) {
      const auto at = std::find(page->workers.begin(), page->workers.end(), Address(copy.host));
      file.replicas.push_back({copy.block, static_cast<uint32_t>(at - page->workers.begin()), copy.tier});
      if (at == page->workers.end()) page->workers.push_back(Address(copy.host));
    }
    return file;
  }
  // Answers the newest question.
  void Answer(MasterTerm term, const std::vector<Copy>& copies) {
    REQUIRE_FALSE(mirror->asked.empty());
    MasterPage page;
    page.term = term;
    page.files.push_back(File(copies, &page));
    const uint64_t request = mirror->asked.back().first;
    const bool wanted = catalog->Page(request, page);
    catalog->Listed(request, wanted ? absl::OkStatus() : absl::UnavailableError("changed"), 1ms);
  }
  void Fail(const absl::Status& status) {
    REQUIRE_FALSE(mirror->asked.empty());
    catalog->Listed(mirror->asked.back().first, status, 1ms);
  }

  InputPicture Ask(const std::string& input = "/t") {
    const Target target = catalog->Parse(input);
    return catalog->Ask(std::span(&target, 1), Duration(0)).second[0];
  }
  // Bytes of /t on the host's worker, all tiers.
  uint64_t On(const std::string& host) {
    for (const HolderPicture& h : Ask().holders) {
      if (h.address.host == host) return h.bytes[0] + h.bytes[1] + h.bytes[2];
    }
    return 0;
  }
  // Time passes, with the master's word each second.
  void Pass(Duration d, MasterTerm term, const std::vector<std::string>& hosts) {
    for (; d > 0s; d -= 1s) {
      clock.Advance(std::min<Duration>(d, 1s));
      Workers(term, hosts);
      catalog->Tick();
    }
  }
  void Silence(Duration d) {
    clock.Advance(d);
    catalog->Tick();
  }
  const WorkerPicture& WorkerOn(const std::string& host) {
    shown = catalog->Workers();
    for (const WorkerPicture& w : shown) {
      if (w.worker.address.host == host) return w;
    }
    FAIL("no worker on " << host);
    return shown.front();
  }

  FakeClock clock;
  CatalogOptions options;
  std::optional<Catalog> catalog;
  std::shared_ptr<FakeMirror> mirror;
  std::shared_ptr<FakeMirror> agent;
  std::vector<WorkerPicture> shown;
};

constexpr BlockChange kBlock0 = {1, 0, Tier::kMem, true};

}  // namespace

TEST_CASE_METHOD(Fixture, "nothing is listed, and an input is pending with the reason, until the master is heard",
                 "[catalog][master]") {
  catalog->MasterFailed(absl::UnavailableError("127.0.0.1:1: refused"));
  CHECK(Ask().state == InputState::kPending);
  CHECK(Ask().problem.find("refused") != std::string::npos);
  CHECK(catalog->MasterProblem().find("refused") != std::string::npos);
  CHECK(mirror->asked.empty());
  Workers(1, {"a"});
  CHECK(catalog->MasterProblem().empty());
  REQUIRE(mirror->asked.size() == 1);
  CHECK(mirror->asked[0].second == "/t");
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().length == 100);
  CHECK(On("a") == 10);
}

TEST_CASE_METHOD(Fixture, "without an agent the master's listings decide", "[catalog][master]") {
  Workers(1, {"a", "b"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}, {1, "a", Tier::kMem}, {0, "b", Tier::kSsd}});
  CHECK(On("a") == 20);
  CHECK(Ask().cached == 20);
  Pass(2s, 1, {"a", "b"});
  Answer(1, {{0, "b", Tier::kMem}});
  CHECK(On("a") == 0);
  CHECK(On("b") == 10);
}

TEST_CASE_METHOD(Fixture, "an agent's report decides for its worker, and the difference is counted",
                 "[catalog][master]") {
  Workers(1, {"a", "b"});
  const uint64_t stream = Agent("a", {kBlock0, {1, 1, Tier::kMem, true}});
  Ask();
  // The report came first, and was kept until somebody asked.
  Answer(1, {{0, "a", Tier::kMem}, {0, "b", Tier::kMem}});
  CHECK(On("a") == 20);
  CHECK(On("b") == 10);
  CHECK(catalog->Stats().differences[static_cast<size_t>(Difference::kOnlyReported)] == 1);
  // News of the agent needs no listing.
  const BlockChange removed = {1, 0, Tier::kMem, false};
  CHECK(catalog->Apply(stream, {}, std::span(&removed, 1)).ok());
  CHECK(On("a") == 10);
  CHECK(WorkerOn("a").reports);
  CHECK_FALSE(WorkerOn("b").reports);
  CHECK(WorkerOn("a").worker.node == "node-a");
}

TEST_CASE_METHOD(Fixture, "when an agent goes, the next listing decides again", "[catalog][master]") {
  Workers(1, {"a"});
  const uint64_t stream = Agent("a", {kBlock0});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(2s, 1, {"a"});
  const size_t asked = mirror->asked.size();
  catalog->CloseStream(stream);
  // A listing that was under way while the agent spoke does not decide.
  Answer(1, {{0, "a", Tier::kMem}, {5, "a", Tier::kMem}});
  CHECK(On("a") == 10);
  Pass(2s, 1, {"a"});
  REQUIRE(mirror->asked.size() > asked);
  Answer(1, {{5, "a", Tier::kMem}, {6, "a", Tier::kMem}});
  CHECK(On("a") == 20);
}

TEST_CASE_METHOD(Fixture, "a worker's death shows through the master, whatever its agent says", "[catalog][master]") {
  Workers(1, {"a", "b"});
  const uint64_t stream = Agent("a", {kBlock0});
  Ask();
  Answer(1, {{0, "b", Tier::kMem}});
  CHECK(On("a") == 10);
  // Its agent notices first.
  CHECK(catalog->Beat(stream, {}, std::nullopt, false).ok());
  CHECK(On("a") == 0);
  CHECK(WorkerOn("a").worker.state() == WorkerState::kLost);
  CHECK(WorkerOn("a").problem.find("connections") != std::string::npos);
  CHECK(catalog->Beat(stream, {}, std::nullopt, true).ok());
  CHECK(On("a") == 10);
  // The master lists it no more.
  Pass(1s, 1, {"b"});
  CHECK(On("a") == 0);
  CHECK(Ask().cached == 10);
}

TEST_CASE_METHOD(Fixture, "an agent whose worker the master does not know does not count, and is told why",
                 "[catalog][master]") {
  Workers(1, {"a"});
  Agent("x", {kBlock0});
  Ask();
  Answer(1, {});
  CHECK(On("x") == 0);
  CHECK(WorkerOn("x").problem.find("agent.data_port") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "while the master is away the old picture is served and marked stale", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK_FALSE(catalog->FreshnessNow().stale);
  Silence(30s);
  CHECK(catalog->FreshnessNow().stale);
  CHECK(catalog->FreshnessNow().age == 30s);
  CHECK(On("a") == 10);
  Workers(1, {"a"});
  CHECK_FALSE(catalog->FreshnessNow().stale);
}

TEST_CASE_METHOD(Fixture, "a restarted master that knows no workers yet is not news", "[catalog][master]") {
  Workers(1, {"a", "b"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}, {1, "b", Tier::kMem}});
  Pass(1s, 2, {});
  CHECK(catalog->FreshnessNow().stale);
  // It answers OK, with files and without locations.
  Answer(2, {});
  CHECK(On("a") == 10);
  CHECK(On("b") == 10);
  CHECK(WorkerOn("a").problem.find("registered") != std::string::npos);
  // One registers: what the master says of it holds, in listings from then on.
  Pass(2s, 2, {"a"});
  Answer(2, {{3, "a", Tier::kMem}, {4, "a", Tier::kMem}});
  CHECK(On("a") == 20);
  CHECK(On("b") == 10);
  CHECK(catalog->FreshnessNow().stale);
  Pass(2s, 2, {"a", "b"});
  Answer(2, {{3, "a", Tier::kMem}, {4, "a", Tier::kMem}});
  CHECK(On("b") == 0);
  CHECK_FALSE(catalog->FreshnessNow().stale);
}

TEST_CASE_METHOD(Fixture, "a listing that a change of leader cut in two is thrown away", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(2s, 1, {"a"});
  Answer(2, {});
  CHECK(On("a") == 10);
  CHECK(Ask().problem.find("failed") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a listing that fails after some pages keeps what it told and removes nothing",
                 "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(2s, 1, {"a"});
  MasterPage page;
  page.term = 1;
  page.files.push_back(File({{0, "a", Tier::kMem}}, &page, {2, "/t/g", 100, 10, 1}));
  CHECK(catalog->Page(mirror->asked.back().first, page));
  Fail(absl::UnavailableError("page 7"));
  CHECK(Ask().files == 2);
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().problem.find("page 7") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "overwritten, renamed and deleted files follow the listing", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  const auto list = [&](std::vector<std::pair<FileFact, std::vector<Copy>>> files) {
    Pass(2s, 1, {"a"});
    MasterPage page;
    page.term = 1;
    for (auto& [fact, copies] : files) page.files.push_back(File(copies, &page, fact));
    const uint64_t request = mirror->asked.back().first;
    CHECK(catalog->Page(request, page));
    catalog->Listed(request, absl::OkStatus(), 1ms);
  };
  // The same path with another content; modification times may lie.
  list({{{7, "/t/f", 50, 10, 0}, {{0, "a", Tier::kMem}, {1, "a", Tier::kMem}}}});
  CHECK(Ask().length == 50);
  CHECK(On("a") == 20);
  list({{{7, "/t/sub/new", 50, 10, 0}, {{0, "a", Tier::kMem}}}});
  CHECK(Ask().files == 1);
  CHECK(Ask().length == 50);
  CHECK(On("a") == 10);
  list({});
  CHECK(Ask().length == 0);
  CHECK(On("a") == 0);
}

TEST_CASE_METHOD(Fixture, "an empty listing says that it may mean nothing, and is asked again soon",
                 "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  MasterPage page;
  page.term = 1;
  CHECK(catalog->Page(mirror->asked.back().first, page));
  catalog->Listed(mirror->asked.back().first, absl::OkStatus(), 1ms);
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().files == 0);
  CHECK(Ask().problem.find("not loaded") != std::string::npos);
  Pass(5s, 1, {"a"});
  CHECK(mirror->asked.size() == 2);
}

TEST_CASE_METHOD(Fixture, "no permission is an unknown input with the master's reason", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Fail(absl::PermissionDeniedError("user u may not read /t"));
  CHECK(Ask().state == InputState::kUnknown);
  CHECK(Ask().problem.find("user u may not read") != std::string::npos);
  Pass(5s, 1, {"a"});
  CHECK(mirror->asked.size() == 2);
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().problem.empty());
}

TEST_CASE_METHOD(Fixture, "a path that is not there is unknown, and its files are gone", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(2s, 1, {"a"});
  Fail(absl::NotFoundError("/t"));
  CHECK(Ask().state == InputState::kUnknown);
  Pass(6s, 1, {"a"});
  Answer(1, {});
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().files == 1);
}

TEST_CASE_METHOD(Fixture, "who reports what this source does not take is told so", "[catalog][master]") {
  WorkerHello store;
  store.address = Address("a");
  CHECK(absl::IsFailedPrecondition(catalog->OpenStream(store, mirror).status()));
  options.source = Source::kAlluxio;
  Restart();
  WorkerHello alluxio = store;
  alluxio.of_alluxio = true;
  CHECK(absl::IsFailedPrecondition(catalog->OpenStream(alluxio, mirror).status()));
  options.source = Source::kWorkers;
  options.workers.by_master = false;
  Restart();
  CHECK(absl::IsFailedPrecondition(catalog->OpenStream(alluxio, mirror).status()));
  CHECK(catalog->OpenStream(store, mirror).ok());
}

TEST_CASE_METHOD(Fixture, "an agent that tells of files is refused", "[catalog][master]") {
  Workers(1, {"a"});
  const uint64_t stream = Agent("a", {});
  const FileFact fact = {1, "/t/f", 100, 10, 1};
  CHECK(absl::IsInvalidArgument(catalog->Apply(stream, std::span(&fact, 1), {})));
}

TEST_CASE_METHOD(Fixture, "a URI of the under-store is pending until the mount table is told, then names its path",
                 "[catalog][master]") {
  Workers(1, {"a"});
  CHECK(Ask("s3a://bucket/x/f").state == InputState::kPending);
  Followed followed = catalog->Follow(catalog->Parse("s3a://bucket/x/f"));
  Followed* one = &followed;
  CHECK(catalog->Changed(std::span(&one, 1), 0s, 100).pictures[0].state == InputState::kPending);
  catalog->SetMounts({{"/", "file:///ufs"}, {"/t", "s3://bucket/x/"}});
  // Whoever follows it need not ask again.
  const auto changed = catalog->Changed(std::span(&one, 1), 0s, 100);
  REQUIRE(changed.pictures.size() == 1);
  CHECK(changed.pictures[0].state == InputState::kPending);
  catalog->Tick();
  CHECK(mirror->asked.back().second == "/t/f");
  CHECK(Ask("s3a://other/x").state == InputState::kInvalid);
  REQUIRE(catalog->Mounts().size() == 2);
  CHECK(catalog->Mounts()[1].by_master);
  catalog->Unfollow(followed);
}

TEST_CASE_METHOD(Fixture, "paths that were of interest before are looked up before anybody asks", "[catalog][master]") {
  const std::vector<std::string> paths = {"/t", "/not/*", "relative"};
  catalog->Restore(paths);
  Workers(1, {"a"});
  REQUIRE(mirror->asked.size() == 1);
  CHECK(mirror->asked[0].second == "/t");
  CHECK(catalog->Interests() == std::vector<std::string>{"/t"});
}

TEST_CASE_METHOD(Fixture, "files are forgotten with the interest in them, reported blocks are kept",
                 "[catalog][master]") {
  options.interest.ttl = 60s;
  Restart();
  Workers(1, {"a"});
  Agent("a", {kBlock0});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK(catalog->Stats().files == 1);
  CHECK(catalog->Stats().unasked_blocks == 0);
  for (int i = 0; i < 62; ++i) {
    Pass(1s, 1, {"a"});
    CHECK(catalog->Beat(1, {}, std::nullopt).ok());
    if (!mirror->asked.empty() && catalog->Stats().listings_under_way > 0) Answer(1, {{0, "a", Tier::kMem}});
  }
  CHECK(catalog->Stats().files == 0);
  CHECK(catalog->Stats().unasked_blocks == 1);
  Ask();
  Answer(1, {});
  CHECK(On("a") == 10);
}

TEST_CASE_METHOD(Fixture, "workers without a node are counted and told what to do", "[catalog][master]") {
  Workers(1, {"a", "b"});
  CHECK(catalog->Stats().unmatched == 2);
  CHECK(WorkerOn("a").problem.find("node") != std::string::npos);
  catalog->SetNodeNamer([](const Worker& w) {
    return w.address.host == "a" ? NodeNaming{"node-a", "node address", ""} : NodeNaming{"", "", "no such node"};
  });
  CHECK(catalog->Stats().unmatched == 1);
  CHECK(WorkerOn("a").problem.empty());
  CHECK(WorkerOn("a").worker.naming.how == "node address");
  CHECK(WorkerOn("b").problem == "no such node");
}

TEST_CASE_METHOD(Fixture, "a worker that was silent for long when the master first named it does not count",
                 "[catalog][master]") {
  clock.Advance(1h);
  MasterWorkers said;
  said.term = 1;
  MasterWorker silent;
  silent.address = Address("a");
  silent.silence = 2min;
  said.workers.push_back(silent);
  catalog->MasterWorkersSaid(said);
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK(WorkerOn("a").worker.state() == WorkerState::kLost);
  CHECK(On("a") == 0);
  CHECK(Ask().cached == 0);
  // Heard again, it does.
  Pass(1s, 1, {"a"});
  CHECK(On("a") == 10);
}

TEST_CASE_METHOD(Fixture, "a path that expires in the middle of its listing leaves no files behind",
                 "[catalog][master]") {
  options.interest.ttl = 60s;
  options.interest.listing_silence = 30min;
  Restart();
  Workers(1, {"a"});
  Ask();
  const auto request = mirror->asked.back().first;
  Pass(62s, 1, {"a"});
  REQUIRE(catalog->Interests().empty());
  MasterPage page;
  page.term = 1;
  page.files.push_back(File({{0, "a", Tier::kMem}}, &page));
  CHECK_FALSE(catalog->Page(request, page));
  catalog->Listed(request, absl::UnavailableError("ended"), 1ms);
  CHECK(catalog->Stats().files == 0);
  CHECK(catalog->Stats().listings_under_way == 0);
}

TEST_CASE_METHOD(Fixture, "a worker that registers during a listing is looked up right after it", "[catalog][master]") {
  // Quiet paths are listed every 30 s.
  options.interest.fast = 0s;
  Restart();
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(30s, 1, {"a"});
  REQUIRE(catalog->Stats().listings_under_way == 1);
  Pass(1s, 1, {"a", "b"});
  const size_t asked = mirror->asked.size();
  Answer(1, {{0, "a", Tier::kMem}, {1, "b", Tier::kMem}});
  CHECK(On("b") == 0);
  Pass(1s, 1, {"a", "b"});
  REQUIRE(mirror->asked.size() == asked + 1);
  Answer(1, {{0, "a", Tier::kMem}, {1, "b", Tier::kMem}});
  CHECK(On("b") == 10);
}

TEST_CASE_METHOD(Fixture, "a worker whose agent found no room keeps its blocks over a restart of the master",
                 "[catalog][master]") {
  options.index.max_unasked_blocks = 1;
  Restart();
  Workers(1, {"a"});
  Agent("a", {{8, 0, Tier::kMem, true}, {9, 0, Tier::kMem, true}});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK_FALSE(WorkerOn("a").reports);
  CHECK(On("a") == 10);
  Pass(1s, 2, {});
  Answer(2, {});
  CHECK(On("a") == 10);
  Pass(2s, 2, {"a"});
  Answer(2, {{3, "a", Tier::kMem}, {4, "a", Tier::kMem}});
  CHECK(On("a") == 20);
  CHECK_FALSE(WorkerOn("a").reports);
}

TEST_CASE_METHOD(Fixture, "an agent that finds no room again and again leaves the master its word",
                 "[catalog][master]") {
  options.index.max_unasked_blocks = 1;
  Restart();
  Workers(1, {"a"});
  const uint64_t stream = Agent("a", {{8, 0, Tier::kMem, true}, {9, 0, Tier::kMem, true}});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(2s, 1, {"a"});
  // In the middle of a listing.
  const BlockChange more = {10, 0, Tier::kMem, true};
  CHECK(catalog->Apply(stream, {}, std::span(&more, 1)).ok());
  Answer(1, {{3, "a", Tier::kMem}, {4, "a", Tier::kMem}});
  CHECK(On("a") == 20);
}

TEST_CASE_METHOD(Fixture, "who follows an input learns that its worker was given a node by the master's word",
                 "[catalog][master]") {
  catalog->SetNodeNamer([](const Worker& w) {
    return w.identity_node.empty() ? NodeNaming{"", "", "no such node"}
                                   : NodeNaming{w.identity_node, "tiered identity", ""};
  });
  Workers(1, {"a"});
  Followed followed = catalog->Follow(catalog->Parse("/t"));
  Followed* one = &followed;
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK(catalog->Changed(std::span(&one, 1), 0s, 100).pictures[0].holders[0].node.empty());
  MasterWorkers said;
  said.term = 1;
  MasterWorker named;
  named.address = Address("a");
  named.start_ms = 1;
  named.identity_node = "node-7";
  said.workers.push_back(named);
  catalog->MasterWorkersSaid(said);
  const auto changed = catalog->Changed(std::span(&one, 1), 0s, 100);
  REQUIRE(changed.pictures.size() == 1);
  CHECK(changed.pictures[0].holders[0].node == "node-7");
  catalog->Unfollow(followed);
}

TEST_CASE_METHOD(Fixture, "a file that finds no room in a full index is no news at each listing", "[catalog][master]") {
  options.index.max_files = 1;
  options.interest.fast_for = 10s;
  Restart();
  Workers(1, {"a"});
  Ask();
  const auto answer = [&] {
    MasterPage page;
    page.term = 1;
    page.files.push_back(File({{0, "a", Tier::kMem}}, &page));
    page.files.push_back(File({}, &page, {2, "/t/g", 100, 10, 1}));
    const uint64_t request = mirror->asked.back().first;
    catalog->Page(request, page);
    catalog->Listed(request, absl::OkStatus(), 1ms);
  };
  answer();
  for (int i = 0; i < 120; ++i) {
    Pass(1s, 1, {"a"});
    if (catalog->Stats().listings_under_way > 0) answer();
  }
  const size_t asked = mirror->asked.size();
  for (int i = 0; i < 60; ++i) {
    Pass(1s, 1, {"a"});
    if (catalog->Stats().listings_under_way > 0) answer();
  }
  // Every index.listing_refresh, 30 s, and not every second.
  CHECK(mirror->asked.size() - asked <= 2);
}
