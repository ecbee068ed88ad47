// Workers whose life an Alluxio master tells of.
#include <catch2/catch.hpp>

#include "alluxio_meta/workers/worker_table.h"
#include "common/status.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart = SteadyTime(1000s);

WorkerOptions ByMaster() {
  WorkerOptions options;
  options.lost_after = 10s;
  options.forget_after = 60s;
  options.by_master = true;
  options.master_silence = 3s;
  options.stale_limit = 120s;
  return options;
}

HolderAddress Address(const std::string& host) { return {host, "", 29999}; }

MasterWorker Said(const std::string& host, Duration silence = 0s, int64_t start_ms = 1) {
  MasterWorker worker;
  worker.address = Address(host);
  worker.silence = silence;
  worker.start_ms = start_ms;
  return worker;
}

// The master names these workers, heard just now.
void Say(WorkerTable& table, uint64_t term, const std::vector<MasterWorker>& workers, SteadyTime now) {
  table.MasterSaid(term, workers, now);
  table.Judge(now);
}

bool Counts(const WorkerTable& table, const std::string& host) { return !table.all().at(Address(host)).lost; }

}  // namespace

TEST_CASE("a worker counts once the master has named it", "[workers][master]") {
  WorkerTable table(ByMaster());
  WorkerHello hello;
  hello.address = Address("a");
  REQUIRE(table.Open(hello, kStart).ok());
  table.Judge(kStart);
  CHECK_FALSE(Counts(table, "a"));
  Say(table, 1, {Said("a"), Said("b")}, kStart);
  CHECK(Counts(table, "a"));
  CHECK(Counts(table, "b"));
  CHECK(table.all().at(Address("b")).state() == WorkerState::kLive);
}

TEST_CASE("a worker that the master has not heard for lost_after does not count, until it is heard again",
          "[workers][master]") {
  WorkerTable table(ByMaster());
  Say(table, 1, {Said("a"), Said("b")}, kStart);
  // Its last heartbeat was at kStart; the master tells whole seconds, rounded down.
  for (int s = 1; s < 9; ++s) Say(table, 1, {Said("a", std::chrono::seconds(s)), Said("b")}, kStart + s * 1s + 500ms);
  CHECK(Counts(table, "a"));
  Say(table, 1, {Said("a", 9s), Said("b")}, kStart + 9500ms);
  table.Judge(kStart + 10s);
  CHECK_FALSE(Counts(table, "a"));
  CHECK(Counts(table, "b"));
  Say(table, 1, {Said("a", 0s, 2), Said("b")}, kStart + 20s);
  CHECK(Counts(table, "a"));
}

TEST_CASE("a worker that the master lists as lost, or no more, does not count", "[workers][master]") {
  WorkerTable table(ByMaster());
  Say(table, 1, {Said("a"), Said("b")}, kStart);
  MasterWorker lost = Said("a");
  lost.live = false;
  Say(table, 1, {lost}, kStart + 1s);
  CHECK_FALSE(Counts(table, "a"));
  CHECK_FALSE(Counts(table, "b"));
}

TEST_CASE("while the master is away, workers count for stale_limit", "[workers][master]") {
  WorkerTable table(ByMaster());
  Say(table, 1, {Said("a")}, kStart);
  CHECK_FALSE(table.MasterIsAway(kStart + 2s));
  table.Judge(kStart + 60s);
  CHECK(table.MasterIsAway(kStart + 60s));
  CHECK(Counts(table, "a"));
  table.Judge(kStart + 120s);
  CHECK_FALSE(Counts(table, "a"));
  Say(table, 1, {Said("a")}, kStart + 200s);
  CHECK(Counts(table, "a"));
}

TEST_CASE("a worker that was lost does not count again because the master is away", "[workers][master]") {
  WorkerTable table(ByMaster());
  Say(table, 1, {Said("a", 30s), Said("b")}, kStart);
  CHECK_FALSE(Counts(table, "a"));
  table.Judge(kStart + 30s);
  CHECK_FALSE(Counts(table, "a"));
  CHECK(Counts(table, "b"));
}

TEST_CASE("a restarted master without workers is no news: they are awaited", "[workers][master]") {
  WorkerTable table(ByMaster());
  Say(table, 1, {Said("a"), Said("b")}, kStart);
  Say(table, 2, {}, kStart + 1s);
  CHECK(table.awaited() == 2);
  CHECK(Counts(table, "a"));
  Say(table, 2, {Said("a")}, kStart + 2s);
  CHECK(table.awaited() == 1);
  CHECK(Counts(table, "b"));
  // One that never comes back counts for stale_limit.
  for (int s = 3; s < 121; ++s) Say(table, 2, {Said("a")}, kStart + s * 1s);
  CHECK(Counts(table, "b"));
  Say(table, 2, {Said("a")}, kStart + 121s);
  CHECK_FALSE(Counts(table, "b"));
  CHECK(table.awaited() == 0);
  CHECK(Counts(table, "a"));
}

TEST_CASE("the word of an older term is ignored", "[workers][master]") {
  WorkerTable table(ByMaster());
  Say(table, 2, {Said("a")}, kStart);
  Say(table, 1, {}, kStart + 1s);
  CHECK(Counts(table, "a"));
  CHECK(table.term() == 2);
}

TEST_CASE("a restarted worker counts as registered anew", "[workers][master]") {
  WorkerTable table(ByMaster());
  const std::vector<MasterWorker> first = {Said("a", 0s, 1)}, second = {Said("a", 0s, 2)};
  CHECK(table.MasterSaid(1, first, kStart).registered.size() == 1);
  CHECK(table.MasterSaid(1, first, kStart + 1s).registered.empty());
  CHECK(table.MasterSaid(1, second, kStart + 2s).registered.size() == 1);
}

TEST_CASE("a worker whose agent gets no connection to it stops counting at once", "[workers][master]") {
  WorkerTable table(ByMaster());
  WorkerHello hello;
  hello.address = Address("a");
  const uint64_t stream = table.Open(hello, kStart)->stream;
  Say(table, 1, {Said("a")}, kStart);
  table.SetServing(table.Find(stream), false);
  CHECK(table.Judge(kStart + 1s).lost.size() == 1);
  CHECK_FALSE(Counts(table, "a"));
  table.SetServing(table.Find(stream), true);
  CHECK(table.Judge(kStart + 2s).returned.size() == 1);
  // Without the agent, its word is gone too.
  table.SetServing(table.Find(stream), false);
  table.Close(stream);
  table.Judge(kStart + 2s);
  CHECK(Counts(table, "a"));
}

TEST_CASE("a silent stream is let go, its worker stays", "[workers][master]") {
  WorkerTable table(ByMaster());
  WorkerHello hello;
  hello.address = Address("a");
  const uint64_t stream = table.Open(hello, kStart)->stream;
  for (int s = 0; s <= 11; ++s) Say(table, 1, {Said("a")}, kStart + s * 1s);
  const WorkerTable::Swept swept = table.Sweep(kStart + 11s);
  CHECK(swept.streams == std::vector<uint64_t>{stream});
  CHECK(swept.silenced.size() == 1);
  CHECK(swept.forgotten.empty());
  CHECK(table.Find(stream) == nullptr);
  CHECK(Counts(table, "a"));
}

TEST_CASE("a worker that is gone for forget_after is forgotten, one that the master names is not",
          "[workers][master]") {
  WorkerTable table(ByMaster());
  Say(table, 1, {Said("a"), Said("b")}, kStart);
  Say(table, 1, {Said("b")}, kStart + 1s);
  CHECK(table.Sweep(kStart + 50s).forgotten.empty());
  Say(table, 1, {Said("b")}, kStart + 61s);
  CHECK(table.Sweep(kStart + 61s).forgotten.size() == 1);
  CHECK(table.all().size() == 1);
}

TEST_CASE("nodes are named by the report, else by the namer, and again when it changes", "[workers][master]") {
  WorkerTable table(ByMaster());
  Say(table, 1, {Said("a"), Said("b")}, kStart);
  WorkerHello hello;
  hello.address = Address("a");
  hello.node = "told";
  REQUIRE(table.Open(hello, kStart).ok());
  CHECK(table.all().at(Address("a")).node == "told");
  CHECK(table.all().at(Address("b")).node.empty());
  const auto namer = [](const Worker& w) { return NodeNaming{"node-" + w.address.host, "node address", ""}; };
  CHECK(table.SetNodeNamer(namer).size() == 1);
  CHECK(table.all().at(Address("a")).node == "told");
  CHECK(table.all().at(Address("b")).node == "node-b");
  CHECK(table.all().at(Address("b")).naming.how == "node address");
  CHECK(table.SetNodeNamer(namer).empty());
  // One that comes later is named when it comes.
  Say(table, 1, {Said("a"), Said("b"), Said("c")}, kStart + 1s);
  CHECK(table.all().at(Address("c")).node == "node-c");
}

TEST_CASE("beyond max_workers the master's further workers are refused and counted", "[workers][master]") {
  WorkerOptions options = ByMaster();
  options.max_workers = 2;
  WorkerTable table(options);
  const std::vector<MasterWorker> said = {Said("a"), Said("b"), Said("c")};
  CHECK(table.MasterSaid(1, said, kStart).refused == 1);
  CHECK(table.all().size() == 2);
}
