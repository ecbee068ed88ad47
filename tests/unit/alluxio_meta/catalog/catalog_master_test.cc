// The catalog with an Alluxio master, with and without agents: whose word on a worker and its blocks holds.
#include <catch2/catch.hpp>

#include "common/status.h"
#include "tests/unit/alluxio_meta/catalog/master_fixture.h"

using namespace locus;
using namespace locus::meta;

TEST_CASE_METHOD(MasterFixture, "nothing is listed, and an input is pending with the reason, until the master is heard",
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

TEST_CASE_METHOD(MasterFixture, "a start waits for the master's word, its mounts, and agents in their snapshots",
                 "[catalog][master]") {
  CHECK_FALSE(catalog->Sync().master_problem.empty());
  CHECK_FALSE(catalog->Sync().mounts_told);
  Workers(1, {"a", "b"});
  catalog->SetMounts({});
  const SyncFacts heard = catalog->Sync();
  CHECK(heard.master_problem.empty());
  CHECK(heard.mounts_told);
  CHECK(heard.takes_reports);
  CHECK(heard.workers == 2);
  // Without agents the master tells of them.
  CHECK(heard.untold == 0);
  CHECK_FALSE(heard.newcomer.has_value());
  WorkerHello hello;
  hello.address = Address("a");
  hello.of_alluxio = true;
  const uint64_t stream = catalog->OpenStream(hello, std::make_shared<FakeMirror>()).value();
  CHECK(catalog->Sync().newcomer == clock.Now());
  CHECK(catalog->Sync().untold == 1);
  CHECK(catalog->EndSnapshot(stream).ok());
  CHECK(catalog->Sync().untold == 0);
}

TEST_CASE_METHOD(MasterFixture, "a listing that fails is no reason to wait for an input of before the restart",
                 "[catalog][master]") {
  const std::vector<std::string> paths = {"/t", "/u"};
  catalog->Restore(paths);
  // Nobody can list them yet: the master is what is waited for.
  CHECK(catalog->Sync().unlisted == 0);
  Workers(1, {"a"});
  CHECK(catalog->Sync().unlisted == 2);
  REQUIRE(mirror->asked.size() == 2);
  catalog->Listed(mirror->asked[0].first, absl::OkStatus(), 1ms);
  CHECK(catalog->Sync().unlisted == 1);
  catalog->Listed(mirror->asked[1].first, absl::UnavailableError("broken"), 1ms);
  CHECK(catalog->Sync().unlisted == 0);
}

TEST_CASE_METHOD(MasterFixture, "without an agent the master's listings decide", "[catalog][master]") {
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

TEST_CASE_METHOD(MasterFixture, "an agent's report decides for its worker, and the difference is counted",
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

TEST_CASE_METHOD(MasterFixture, "when an agent goes, the next listing decides again", "[catalog][master]") {
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

TEST_CASE_METHOD(MasterFixture, "a worker's death shows through the master, whatever its agent says",
                 "[catalog][master]") {
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

TEST_CASE_METHOD(MasterFixture, "an agent whose worker the master does not know does not count, and is told why",
                 "[catalog][master]") {
  Workers(1, {"a"});
  Agent("x", {kBlock0});
  Ask();
  Answer(1, {});
  CHECK(On("x") == 0);
  CHECK(WorkerOn("x").problem.find("agent.data_port") != std::string::npos);
}

TEST_CASE_METHOD(MasterFixture, "while the master is away the old picture is served and marked stale",
                 "[catalog][master]") {
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

TEST_CASE_METHOD(MasterFixture, "a restarted master that knows no workers yet is not news", "[catalog][master]") {
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

TEST_CASE_METHOD(MasterFixture, "who reports what this source does not take is told so", "[catalog][master]") {
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

TEST_CASE_METHOD(MasterFixture, "an agent that tells of files is refused", "[catalog][master]") {
  Workers(1, {"a"});
  const uint64_t stream = Agent("a", {});
  const FileFact fact = {1, "/t/f", 100, 10, 1};
  CHECK(absl::IsInvalidArgument(catalog->Apply(stream, std::span(&fact, 1), {})));
}

TEST_CASE_METHOD(MasterFixture, "workers without a node are counted and told what to do", "[catalog][master]") {
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

TEST_CASE_METHOD(MasterFixture, "a worker that was silent for long when the master first named it does not count",
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

TEST_CASE_METHOD(MasterFixture, "a worker whose agent found no room keeps its blocks over a restart of the master",
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

TEST_CASE_METHOD(MasterFixture, "an agent that finds no room again and again leaves the master its word",
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

TEST_CASE_METHOD(MasterFixture, "who follows an input learns that its worker was given a node by the master's word",
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
