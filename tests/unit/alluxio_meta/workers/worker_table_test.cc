#include "alluxio_meta/workers/worker_table.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart = SteadyTime(1000s);

WorkerHello Hello(const std::string& host, const std::string& node = "n") { return {{host, "", 8920}, node, "1", {}}; }

WorkerState StateOf(const WorkerTable& table, const std::string& host) {
  return table.all().at({host, "", 8920}).state();
}

}  // namespace

TEST_CASE("a worker is syncing until its snapshot is complete, then live", "[workers]") {
  WorkerTable table({});
  const auto opened = table.Open(Hello("a"), kStart).value();
  CHECK(StateOf(table, "a") == WorkerState::kSyncing);
  table.SetSynced(table.Find(opened.stream));
  CHECK(StateOf(table, "a") == WorkerState::kLive);
}

TEST_CASE("a silent worker is lost, returns when heard, and is forgotten in the end", "[workers]") {
  WorkerTable table({10s, 60s, 100});
  const auto opened = table.Open(Hello("a"), kStart).value();
  table.SetSynced(table.Find(opened.stream));
  CHECK(table.Sweep(kStart + 9999ms).lost.empty());
  CHECK(table.Sweep(kStart + 10s).lost == std::vector<HolderId>{opened.holder});
  CHECK(StateOf(table, "a") == WorkerState::kLost);
  CHECK(table.speakers().empty());
  CHECK(table.Sweep(kStart + 20s).lost.empty());
  bool returned = false;
  CHECK(table.Hear(opened.stream, kStart + 30s, &returned));
  CHECK(returned);
  CHECK(StateOf(table, "a") == WorkerState::kLive);
  CHECK(table.speakers().size() == 1);
  table.Sweep(kStart + 40s);
  const auto swept = table.Sweep(kStart + 90s);
  CHECK(swept.forgotten == std::vector<HolderId>{opened.holder});
  CHECK(swept.streams == std::vector<uint64_t>{opened.stream});
  CHECK(table.all().empty());
  CHECK_FALSE(table.Hear(opened.stream, kStart + 91s, &returned));
}

TEST_CASE("a worker has told nothing until a snapshot of it is complete, and keeps that over its streams",
          "[workers]") {
  WorkerTable table({10s, 60s, 100});
  const auto first = table.Open(Hello("a"), kStart).value();
  CHECK(first.untold);
  table.Close(first.stream);
  CHECK(table.untold() == 1);
  const auto second = table.Open(Hello("a"), kStart + 1s).value();
  CHECK(second.untold);
  table.SetSynced(table.Find(second.stream));
  CHECK(table.untold() == 0);
  CHECK_FALSE(table.Open(Hello("a"), kStart + 2s).value().untold);
  CHECK(table.untold() == 0);
  CHECK(table.Open(Hello("b"), kStart + 2s).value().untold);
  CHECK(table.untold() == 1);
  table.Sweep(kStart + 12s);
  CHECK(table.untold() == 0);
}

TEST_CASE("a closed stream keeps the worker live until lost_after", "[workers]") {
  WorkerTable table({10s, 60s, 100});
  const auto first = table.Open(Hello("a"), kStart).value();
  table.SetSynced(table.Find(first.stream));
  table.Close(first.stream);
  CHECK(StateOf(table, "a") == WorkerState::kLive);
  CHECK(table.speakers().empty());
  const auto second = table.Open(Hello("a"), kStart + 5s).value();
  CHECK(second.holder == first.holder);
  CHECK(second.replaced == 0);
  CHECK_FALSE(second.was_lost);
  table.Close(second.stream);
  CHECK(table.Sweep(kStart + 14s).lost.empty());
  CHECK(table.Sweep(kStart + 15s).lost.size() == 1);
  CHECK(table.Open(Hello("a"), kStart + 16s).value().was_lost);
}

TEST_CASE("a new stream of an address replaces the older one", "[workers]") {
  WorkerTable table({});
  const auto first = table.Open(Hello("a"), kStart).value();
  const auto second = table.Open(Hello("a", "other"), kStart).value();
  CHECK(second.replaced == first.stream);
  CHECK(second.holder == first.holder);
  CHECK(second.node_changed);
  bool returned = false;
  CHECK_FALSE(table.Hear(first.stream, kStart, &returned));
  table.Close(first.stream);
  CHECK(table.speakers().size() == 1);
  CHECK(table.all().size() == 1);
}

TEST_CASE("beyond max_workers a lost one makes room, else the newcomer is refused", "[workers]") {
  WorkerTable table({10s, 1h, 2});
  const auto a = table.Open(Hello("a"), kStart).value();
  const auto b = table.Open(Hello("b"), kStart + 1s).value();
  const auto refused = table.Open(Hello("c"), kStart);
  REQUIRE(refused.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(MessageOf(refused.status()).find("max_workers") != std::string::npos);
  table.Close(a.stream);
  table.Close(b.stream);
  table.Sweep(kStart + 20s);
  const auto c = table.Open(Hello("c"), kStart + 20s).value();
  CHECK(c.dropped == a.holder);
  CHECK(c.holder == a.holder);
  CHECK(table.all().count({"a", "", 8920}) == 0);
}

TEST_CASE("an address that a proven node speaks for is no other proven node's until it is lost", "[workers]") {
  WorkerTable table({10s, 60s, 100});
  WorkerHello own = Hello("a", "n1");
  own.proven = true;
  WorkerHello other = Hello("a", "n2");
  other.proven = true;
  const auto first = table.Open(own, kStart).value();
  const auto refused = table.Open(other, kStart + 1s);
  REQUIRE(absl::IsPermissionDenied(refused.status()));
  CHECK(MessageOf(refused.status()).find("a:8920 is that of a worker on node 'n1'") != std::string::npos);
  CHECK(table.Find(first.stream) != nullptr);
  // A restart of the same node, with its stream closed or not.
  CHECK(table.Open(own, kStart + 2s).ok());
  table.Sweep(kStart + 12s);
  CHECK(table.Open(other, kStart + 13s).ok());
  CHECK(table.all().begin()->second.node == "n2");
}

TEST_CASE("where nodes are not proven, the last one to speak for an address has it", "[workers]") {
  WorkerTable table({});
  REQUIRE(table.Open(Hello("a", "n1"), kStart).ok());
  CHECK(table.Open(Hello("a", "n2"), kStart).ok());
}

TEST_CASE("versions tell a change of state from a change of load", "[workers]") {
  WorkerTable table({});
  const auto a = table.Open(Hello("a"), kStart).value();
  const uint64_t version = table.version(), load = table.load_version();
  table.SetLoad(table.Find(a.stream), {}, NodeLoad{});
  CHECK(table.version() == version);
  CHECK(table.load_version() > load);
  table.SetLoad(table.Find(a.stream), {{Tier::kMem, 100, 1}}, {});
  CHECK(table.version() > version);
  const uint64_t sized = table.version();
  table.SetLoad(table.Find(a.stream), {{Tier::kMem, 100, 50}}, {});
  CHECK(table.version() == sized);
  CHECK(table.all().begin()->second.tiers[0].used == 50);
}

TEST_CASE("the oldest news is that of the worker heard longest ago among those that count", "[workers]") {
  WorkerTable table({10s, 1h, 10});
  CHECK_FALSE(table.OldestNews(kStart).has_value());
  table.Open(Hello("a"), kStart).value();
  table.Open(Hello("b"), kStart + 3s).value();
  CHECK(table.OldestNews(kStart + 4s) == Duration(4s));
  table.Sweep(kStart + 11s);
  CHECK(table.OldestNews(kStart + 11s) == Duration(8s));
}
