#include "extender/explain/outcome_tally.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

TEST_CASE("outcomes are counted by reason, in their order", "[explain]") {
  OutcomeTally tally;
  CHECK(tally.Counts().empty());
  const WallTime start{1000s};
  tally.Add(Outcome::kDegraded, Reason::kMetadataStale, start);
  tally.Add(Outcome::kScored, Reason::kNone, start + 1s);
  tally.Add(Outcome::kDegraded, Reason::kMetadataAway, start + 2s);
  tally.Add(Outcome::kScored, Reason::kNone, start + 3s);
  const auto counts = tally.Counts();
  REQUIRE(counts.size() == 3);
  CHECK(counts[0].outcome == Outcome::kScored);
  CHECK(counts[0].count == 2);
  CHECK(counts[0].since == start + 1s);
  CHECK(counts[0].last == start + 3s);
  CHECK(counts[1].reason == Reason::kMetadataAway);
  CHECK(counts[2].reason == Reason::kMetadataStale);
}

TEST_CASE("a spell begins anew after five quiet minutes, the count goes on", "[explain]") {
  OutcomeTally tally;
  const WallTime start{1000s};
  tally.Add(Outcome::kDegraded, Reason::kInputPending, start);
  tally.Add(Outcome::kDegraded, Reason::kInputPending, start + 5min);
  CHECK(tally.Counts()[0].since == start);
  tally.Add(Outcome::kDegraded, Reason::kInputPending, start + 10min + 1ms);
  CHECK(tally.Counts()[0].since == start + 10min + 1ms);
  CHECK(tally.Counts()[0].count == 3);
}
