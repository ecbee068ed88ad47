#include "cache_worker/traffic/client_traffic.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

using Open = std::vector<Connection>;
using Told = std::vector<ClientBytes>;

constexpr SteadyTime kStart{1h};

}  // namespace

TEST_CASE("what was sent before the first look does not count", "[agent]") {
  ClientTraffic traffic;
  traffic.Look(Open{{1, "10.0.0.1", 500}}, kStart);
  CHECK(traffic.Totals() == Told{{"10.0.0.1", 0}});
  traffic.Look(Open{{1, "10.0.0.1", 700}}, kStart + 1s);
  CHECK(traffic.Totals() == Told{{"10.0.0.1", 200}});
}

TEST_CASE("a client's connections add up, those that have ended too", "[agent]") {
  ClientTraffic traffic;
  traffic.Look(Open{}, kStart);
  traffic.Look(Open{{1, "b", 10}, {2, "a", 5}, {3, "b", 1}}, kStart + 1s);
  traffic.Look(Open{{3, "b", 4}, {4, "b", 100}}, kStart + 2s);
  traffic.Look(Open{{4, "b", 100}}, kStart + 3s);
  CHECK(traffic.Totals() == Told{{"a", 5}, {"b", 114}});
}

TEST_CASE("a client is forgotten ten minutes after its last connection, not while one is open", "[agent]") {
  ClientTraffic traffic;
  traffic.Look(Open{}, kStart);
  traffic.Look(Open{{1, "gone", 10}, {2, "idle", 20}}, kStart);
  traffic.Look(Open{{2, "idle", 20}}, kStart + 10min);
  CHECK(traffic.Totals() == Told{{"gone", 10}, {"idle", 20}});
  traffic.Look(Open{{2, "idle", 20}}, kStart + 10min + 1s);
  CHECK(traffic.Totals() == Told{{"idle", 20}});
  // Another pod may have the address now.
  traffic.Look(Open{{2, "idle", 20}, {3, "gone", 7}}, kStart + 11min);
  CHECK(traffic.Totals() == Told{{"gone", 7}, {"idle", 20}});
}

TEST_CASE("clients beyond the bound are left out and counted", "[agent]") {
  ClientTraffic traffic;
  Open open;
  for (uint64_t i = 0; i < 4099; ++i) open.push_back({i, std::to_string(i), 1});
  traffic.Look({}, kStart);
  traffic.Look(open, kStart);
  CHECK(traffic.Totals().size() == 4096);
  CHECK(traffic.over_limit() == 3);
}
