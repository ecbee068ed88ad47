#include "alluxio_meta/interest/interest_table.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart = SteadyTime(1000s);

std::vector<std::pair<uint64_t, std::string>> Planned(InterestTable& table, std::vector<uint64_t> workers,
                                                      SteadyTime now) {
  std::vector<std::pair<uint64_t, std::string>> planned;
  for (const InterestTable::Order* order : table.Plan(workers, now)) planned.emplace_back(order->worker, order->path);
  return planned;
}

// Asks and plans one path at worker 1; returns the request.
uint64_t Ordered(InterestTable& table, const std::string& path, SteadyTime now) {
  bool is_new = false;
  table.Ask(path, now, &is_new);
  const uint64_t worker = 1;
  const auto orders = table.Plan(std::span(&worker, 1), now);
  REQUIRE(orders.size() == 1);
  return orders[0]->request;
}

}  // namespace

TEST_CASE("many questions for one path share one listing", "[interest]") {
  InterestTable table;
  bool is_new = false;
  table.Ask("/a", kStart, &is_new);
  CHECK(is_new);
  table.Ask("/a", kStart, &is_new);
  CHECK_FALSE(is_new);
  CHECK(Planned(table, {1, 2}, kStart).size() == 1);
  table.Ask("/a", kStart, &is_new);
  CHECK(Planned(table, {1, 2}, kStart).empty());
  CHECK(table.in_flight() == 1);
}

TEST_CASE("a path is pending until its listing ends, and listed again when it is due", "[interest]") {
  InterestTable table;
  const uint64_t known = Ordered(table, "/known", kStart), unknown = Ordered(table, "/unknown", kStart);
  CHECK(table.Find("/known")->state == InterestState::kPending);
  CHECK(table.End(known, {ListingEnd::kComplete, ""}, kStart)->state == InterestState::kKnown);
  CHECK(table.End(unknown, {ListingEnd::kNotFound, ""}, kStart)->state == InterestState::kUnknown);
  CHECK(Planned(table, {1}, kStart + 4900ms).empty());
  CHECK(Planned(table, {1}, kStart + 5s) == std::vector<std::pair<uint64_t, std::string>>{{1, "/unknown"}});
  CHECK(Planned(table, {1}, kStart + 30s) == std::vector<std::pair<uint64_t, std::string>>{{1, "/known"}});
  // While it is listed again, what was known stays.
  CHECK(table.Find("/known")->state == InterestState::kKnown);
}

TEST_CASE("without workers a path stays due", "[interest]") {
  InterestTable table;
  bool is_new = false;
  table.Ask("/a", kStart, &is_new);
  CHECK(Planned(table, {}, kStart + 1h).empty());
  CHECK(Planned(table, {7}, kStart + 1h).size() == 1);
}

TEST_CASE("when a worker fails the next one is asked, then there is a pause", "[interest]") {
  InterestTable table;
  bool is_new = false;
  table.Ask("/a", kStart, &is_new);
  std::vector<uint64_t> asked;
  for (int i = 0; i < 3; ++i) {
    const std::vector<uint64_t> workers = {1, 2, 3, 4};
    const auto orders = table.Plan(workers, kStart);
    REQUIRE(orders.size() == 1);
    asked.push_back(orders[0]->worker);
    table.End(orders[0]->request, {ListingEnd::kFailed, "disk away"}, kStart);
  }
  std::sort(asked.begin(), asked.end());
  CHECK(std::unique(asked.begin(), asked.end()) == asked.end());
  CHECK(table.Find("/a")->state == InterestState::kPending);
  CHECK(table.Find("/a")->problem == "the last listing failed: disk away");
  CHECK(Planned(table, {1, 2, 3, 4}, kStart + 900ms).empty());
  CHECK(Planned(table, {1, 2, 3, 4}, kStart + 1s).size() == 1);
}

TEST_CASE("a failed refresh does not take away what is known", "[interest]") {
  InterestTable table;
  table.End(Ordered(table, "/a", kStart), {ListingEnd::kComplete, ""}, kStart);
  const uint64_t worker = 1;
  const auto orders = table.Plan(std::span(&worker, 1), kStart + 30s);
  REQUIRE(orders.size() == 1);
  table.End(orders[0]->request, {ListingEnd::kFailed, "away"}, kStart + 30s);
  CHECK(table.Find("/a")->state == InterestState::kKnown);
}

TEST_CASE("a silent worker is given up, and not asked again before it has answered", "[interest]") {
  InterestOptions options;
  options.max_at_worker = 1;
  InterestTable table(options);
  const uint64_t request = Ordered(table, "/a", kStart);
  CHECK(table.GiveUpSilent(kStart + 4s) == 0);
  CHECK(table.Expect(request, 1, kStart + 4s) != nullptr);  // A part came: the time runs anew.
  CHECK(table.GiveUpSilent(kStart + 8s) == 0);
  CHECK(table.GiveUpSilent(kStart + 9s) == 1);
  CHECK(table.Expect(request, 1, kStart + 9s) == nullptr);
  CHECK(Planned(table, {1, 2}, kStart + 20s) == std::vector<std::pair<uint64_t, std::string>>{{2, "/a"}});
  bool is_new = false;
  table.Ask("/b", kStart, &is_new);
  CHECK(Planned(table, {1}, kStart + 20s).empty());
  table.EndLate(request, 1);
  CHECK(Planned(table, {1}, kStart + 20s).size() == 1);
}

TEST_CASE("listings of a stream that ends go to others", "[interest]") {
  InterestTable table;
  const uint64_t request = Ordered(table, "/a", kStart);
  table.WorkerGone(1, kStart);
  CHECK(table.Expect(request, 1, kStart) == nullptr);
  CHECK(Planned(table, {2}, kStart) == std::vector<std::pair<uint64_t, std::string>>{{2, "/a"}});
}

TEST_CASE("an answer from another worker than the one that was asked is none", "[interest]") {
  InterestTable table;
  const uint64_t request = Ordered(table, "/a", kStart);
  CHECK(table.Expect(request, 2, kStart) == nullptr);
  CHECK(table.Expect(request + 1, 1, kStart) == nullptr);
  CHECK(table.End(request + 1, {ListingEnd::kComplete, ""}, kStart) == nullptr);
}

TEST_CASE("interest ends after its time unless somebody holds it", "[interest]") {
  InterestTable table;
  table.End(Ordered(table, "/asked", kStart), {ListingEnd::kComplete, ""}, kStart);
  table.End(Ordered(table, "/held", kStart), {ListingEnd::kComplete, ""}, kStart);
  table.Hold("/held");
  CHECK(table.Expire(kStart + 59min).empty());
  const auto expired = table.Expire(kStart + 60min);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].path == "/asked");
  CHECK(table.Find("/asked") == nullptr);
  table.Release("/held", kStart + 2h);
  CHECK(table.Expire(kStart + 2h).empty());
  CHECK(table.Expire(kStart + 3h).size() == 1);
  CHECK(table.size() == 0);
  CHECK(Planned(table, {1}, kStart + 9h).empty());
}

TEST_CASE("a path is covered by itself and by the folders above it", "[interest]") {
  InterestTable table;
  bool is_new = false;
  table.Ask("/a/b", kStart, &is_new);
  CHECK(table.Covers("/a/b"));
  CHECK(table.Covers("/a/b/c/d"));
  CHECK_FALSE(table.Covers("/a"));
  CHECK_FALSE(table.Covers("/a/bc"));
  table.Ask("/", kStart, &is_new);
  CHECK(table.Covers("/x"));
  CHECK(table.Covers("/"));
}

TEST_CASE("bounds hold for paths, listings under way, and listings at one worker", "[interest]") {
  InterestOptions options;
  options.max_paths = 3;
  options.max_in_flight = 2;
  options.max_at_worker = 1;
  InterestTable table(options);
  bool is_new = false;
  for (const char* path : {"/a", "/b", "/c"}) REQUIRE(table.Ask(path, kStart, &is_new) != nullptr);
  CHECK(table.Ask("/d", kStart, &is_new) == nullptr);
  CHECK(table.Ask("/a", kStart, &is_new) != nullptr);
  CHECK(Planned(table, {1}, kStart).size() == 1);
  CHECK(Planned(table, {1}, kStart).empty());
  CHECK(Planned(table, {1, 2, 3}, kStart).size() == 1);
  CHECK(Planned(table, {1, 2, 3}, kStart).empty());
  CHECK(table.in_flight() == 2);
}

TEST_CASE("a known folder in which nothing matched is listed again soon", "[interest]") {
  InterestTable table;
  table.End(Ordered(table, "/a", kStart), {ListingEnd::kComplete, ""}, kStart);
  table.Hasten("/a");
  CHECK(Planned(table, {1}, kStart + 4s).empty());
  CHECK(Planned(table, {1}, kStart + 5s).size() == 1);
}

namespace {

// A table that refreshes fast while a path is hot.
InterestOptions Adaptive() {
  InterestOptions options;
  options.fast = 1s;
  options.fast_for = 30s;
  options.refresh = 60s;
  options.max_load = 0.01;
  return options;
}

// Lists the path each time it is due, from `now` on, without news, until `end`; returns the pauses between listings.
std::vector<Duration> PausesUntil(InterestTable& table, SteadyTime now, SteadyTime end, Duration took = 0s) {
  std::vector<Duration> pauses;
  SteadyTime last = now;
  const uint64_t worker = 1;
  for (; now < end; now += 100ms) {
    for (const InterestTable::Order* order : table.Plan(std::span(&worker, 1), now)) {
      ListingResult result;
      result.took = took;
      if (now != last) pauses.push_back(now - last);
      last = now;
      table.End(order->request, result, now);
    }
  }
  return pauses;
}

}  // namespace

TEST_CASE("a new path is listed fast, then less and less often, up to the refresh", "[interest]") {
  InterestTable table(Adaptive());
  bool is_new = false;
  table.Ask("/a", kStart, &is_new);
  const std::vector<Duration> pauses = PausesUntil(table, kStart, kStart + 400s);
  REQUIRE(pauses.size() > 35);
  CHECK(std::all_of(pauses.begin(), pauses.begin() + 29, [](Duration d) { return d == 1s; }));
  CHECK(std::is_sorted(pauses.begin(), pauses.end()));
  CHECK(pauses.back() == 60s);
}

TEST_CASE("a path that somebody waits for is listed fast again at once", "[interest]") {
  InterestTable table(Adaptive());
  bool is_new = false;
  table.Ask("/a", kStart, &is_new);
  PausesUntil(table, kStart, kStart + 300s);
  table.Want("/a", kStart + 300s);
  CHECK(Planned(table, {1}, kStart + 301s).size() == 1);
  // One that nobody has asked for stays unknown.
  table.Want("/b", kStart + 300s);
  CHECK(table.Find("/b") == nullptr);
}

TEST_CASE("news keeps a path hot", "[interest]") {
  InterestTable table(Adaptive());
  bool is_new = false;
  table.Ask("/a", kStart, &is_new);
  PausesUntil(table, kStart, kStart + 300s);
  const uint64_t worker = 1;
  const auto orders = table.Plan(std::span(&worker, 1), kStart + 400s);
  REQUIRE(orders.size() == 1);
  ListingResult news;
  news.changed = true;
  table.End(orders[0]->request, news, kStart + 400s);
  CHECK(Planned(table, {1}, kStart + 401s).size() == 1);
}

TEST_CASE("slow listings of quiet paths cost their source no more than max_load", "[interest]") {
  InterestTable table(Adaptive());
  bool is_new = false;
  for (int i = 0; i < 20; ++i) table.Ask("/a" + std::to_string(i), kStart, &is_new);
  // 20 paths of 300 ms each: 6 s of work, which 1 percent gives in 600 s.
  PausesUntil(table, kStart, kStart + 1000s, 300ms);
  size_t listings = 0;
  const uint64_t worker = 1;
  for (SteadyTime now = kStart + 1000s; now < kStart + 7000s; now += 1s) {
    for (const InterestTable::Order* order : table.Plan(std::span(&worker, 1), now)) {
      ++listings;
      ListingResult result;
      result.took = 300ms;
      table.End(order->request, result, now);
    }
  }
  CHECK(static_cast<double>(listings) * 0.3 <= 6000 * 0.011);
  CHECK(listings > 100);
}

TEST_CASE("a hot path whose listing is slow takes a quarter of its source's time at most", "[interest]") {
  InterestTable table(Adaptive());
  bool is_new = false;
  table.Ask("/a", kStart, &is_new);
  const std::vector<Duration> pauses = PausesUntil(table, kStart, kStart + 29s, 2s);
  REQUIRE_FALSE(pauses.empty());
  CHECK(pauses.front() == 6s);
}

TEST_CASE("a refused path is unknown with the reason, and asked again after negative_ttl", "[interest]") {
  InterestTable table(Adaptive());
  const uint64_t request = Ordered(table, "/a", kStart);
  const auto* interest = table.End(request, {ListingEnd::kRefused, "no permission"}, kStart);
  CHECK(interest->state == InterestState::kUnknown);
  CHECK(interest->problem == "no permission");
  CHECK(Planned(table, {1}, kStart + 4s).empty());
  CHECK(Planned(table, {1}, kStart + 5s).size() == 1);
}

TEST_CASE("all paths can be made due at once", "[interest]") {
  InterestTable table;
  table.End(Ordered(table, "/a", kStart), {}, kStart);
  table.End(Ordered(table, "/b", kStart), {}, kStart);
  CHECK(Planned(table, {1}, kStart + 1s).empty());
  table.HastenAll(kStart + 1s);
  CHECK(Planned(table, {1}, kStart + 1s).size() == 2);
}

TEST_CASE("the listing of a path that expires is of no use any more, and its worker still owes an answer",
          "[interest]") {
  InterestOptions options;
  options.max_at_worker = 1;
  InterestTable table(options);
  const uint64_t request = Ordered(table, "/a", kStart);
  REQUIRE(table.Expire(kStart + options.ttl).size() == 1);
  CHECK(table.in_flight() == 0);
  CHECK(table.Expect(request, 1, kStart + options.ttl) == nullptr);
  bool is_new = false;
  table.Ask("/a", kStart + options.ttl, &is_new);
  CHECK(Planned(table, {1}, kStart + options.ttl).empty());
  table.EndLate(request, 1);
  CHECK(Planned(table, {1}, kStart + options.ttl).size() == 1);
}

TEST_CASE("a path whose listing is under way when all are hastened is listed once more", "[interest]") {
  InterestTable table;
  const uint64_t request = Ordered(table, "/a", kStart);
  table.HastenAll(kStart + 1s);
  table.End(request, {}, kStart + 2s);
  CHECK(Planned(table, {1}, kStart + 2s).size() == 1);
}
