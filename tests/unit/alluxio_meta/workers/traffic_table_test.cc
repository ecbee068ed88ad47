#include "alluxio_meta/workers/traffic_table.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

constexpr SteadyTime kStart{1h};
const HolderAddress kA{"a", "", 29999};
const HolderAddress kB{"b", "", 29999};

std::vector<std::string> Hosts(const std::vector<WorkerBytes>& read) {
  std::vector<std::string> hosts;
  for (const WorkerBytes& one : read) hosts.push_back(one.worker.host + " " + std::to_string(one.bytes));
  return hosts;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a client's bytes are told by worker, the most first", "[meta]") {
  TrafficTable table;
  CHECK_FALSE(table.told());
  table.Say(1, kA, {{"10.0.0.2", 5}, {"10.0.0.1", 10}, {"10.0.0.3", 0}}, kStart);
  table.Say(2, kB, {{"10.0.0.1", 30}}, kStart);
  CHECK(table.told());
  CHECK(Hosts(table.ReadBy("10.0.0.1")) == Texts{"b 30", "a 10"});
  CHECK(Hosts(table.ReadBy("10.0.0.2")) == Texts{"a 5"});
  CHECK(table.ReadBy("10.0.0.3").empty());
  CHECK(table.ReadBy("10.0.0").empty());
}

TEST_CASE("a statement replaces the one before", "[meta]") {
  TrafficTable table;
  table.Say(1, kA, {{"x", 5}, {"y", 6}}, kStart);
  table.Say(1, kA, {{"x", 9}}, kStart + 1s);
  CHECK(Hosts(table.ReadBy("x")) == Texts{"a 9"});
  CHECK(table.ReadBy("y").empty());
  CHECK(table.clients() == 1);
}

TEST_CASE("what was said stays for ten minutes after the stream, and as long as another one goes on", "[meta]") {
  TrafficTable table;
  table.Say(1, kA, {{"x", 5}}, kStart);
  table.Say(2, kB, {{"x", 6}}, kStart);
  table.End(1, kStart);
  // The agent is back on a new stream; the old one's end comes late.
  table.Say(3, kB, {{"x", 7}}, kStart);
  table.End(2, kStart);
  table.Say(3, kB, {{"x", 8}}, kStart + 10min);
  CHECK(Hosts(table.ReadBy("x")) == Texts{"b 8", "a 5"});
  table.Say(3, kB, {{"x", 8}}, kStart + 10min + 1s);
  CHECK(Hosts(table.ReadBy("x")) == Texts{"b 8"});
}

TEST_CASE("beyond the bound a statement is dropped, and says so, and the one before holds", "[meta]") {
  TrafficTable table;
  std::vector<ClientBytes> many;
  for (size_t i = 0; i < TrafficTable::kMaxClients; ++i) many.push_back({std::to_string(i), 1});
  CHECK(table.Say(1, kA, {{"7", 3}}, kStart));
  CHECK_FALSE(table.Say(2, kB, many, kStart));
  CHECK(Hosts(table.ReadBy("7")) == Texts{"a 3"});
  // What an agent says anew takes the place of what it said: the bound leaves room for it.
  many.pop_back();
  CHECK(table.Say(2, kB, many, kStart));
  CHECK(table.Say(1, kA, {{"8", 4}}, kStart));
  CHECK(table.clients() == TrafficTable::kMaxClients);
}
