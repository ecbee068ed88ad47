#include "alluxio_meta/catalog/sync_rule.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

const SteadyTime kBegan = SteadyTime(1000s);

SyncOptions Options() {
  SyncOptions options;
  options.settle = 10s;
  options.at_most = 60s;
  return options;
}

SyncFacts Workers(size_t all, size_t untold, std::optional<SteadyTime> newcomer) {
  SyncFacts facts;
  facts.workers = all;
  facts.untold = untold;
  facts.newcomer = newcomer;
  return facts;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a cluster without workers is ready after the settle time, not before", "[sync]") {
  SyncRule rule(Options(), kBegan);
  CHECK_FALSE(rule.Look({}, kBegan));
  CHECK(rule.missing() == "workers may still come: waits 10s for another one; ready in any case in 1m");
  CHECK_FALSE(rule.Look({}, kBegan + 9999ms));
  CHECK(Has(rule.missing(), "waits 1s"));
  CHECK(rule.Look({}, kBegan + 10s));
  CHECK(rule.ready());
  CHECK(rule.missing().empty());
  CHECK(rule.took() == 10s);
}

TEST_CASE("each worker that comes for the first time makes it wait for another settle time", "[sync]") {
  SyncRule rule(Options(), kBegan);
  CHECK_FALSE(rule.Look(Workers(1, 0, kBegan + 4s), kBegan + 10s));
  CHECK_FALSE(rule.Look(Workers(2, 0, kBegan + 12s), kBegan + 15s));
  CHECK_FALSE(rule.Look(Workers(2, 0, kBegan + 12s), kBegan + 21999ms));
  CHECK(rule.Look(Workers(2, 0, kBegan + 12s), kBegan + 22s));
}

TEST_CASE("a worker that is in the middle of its snapshot is waited for beyond the settle time", "[sync]") {
  SyncRule rule(Options(), kBegan);
  CHECK_FALSE(rule.Look(Workers(3, 1, kBegan), kBegan + 30s));
  CHECK(rule.missing() == "1 of 3 workers have not told yet all that they hold; ready in any case in 30s");
  CHECK(rule.Look(Workers(3, 0, kBegan), kBegan + 31s));
}

TEST_CASE("once it is ready it stays so, whatever goes", "[sync]") {
  SyncRule rule(Options(), kBegan);
  REQUIRE(rule.Look(Workers(3, 0, kBegan), kBegan + 10s));
  SyncFacts bad = Workers(0, 0, std::nullopt);
  bad.master_problem = "gone";
  bad.mounts_told = bad.nodes_told = false;
  CHECK_FALSE(rule.Look(bad, kBegan + 20s));
  CHECK(rule.ready());
  CHECK(rule.missing().empty());
}

TEST_CASE("when the time is over it is ready in any case, and remembers without what", "[sync]") {
  SyncRule rule(Options(), kBegan);
  CHECK_FALSE(rule.Look(Workers(3, 2, kBegan + 59s), kBegan + 59999ms));
  CHECK(rule.Look(Workers(3, 2, kBegan + 59s), kBegan + 60s));
  CHECK(rule.missing() ==
        "2 of 3 workers have not told yet all that they hold; workers may still come: waits 9s for another one");
  CHECK_FALSE(rule.Look(Workers(3, 0, std::nullopt), kBegan + 90s));
  CHECK(Has(rule.missing(), "2 of 3"));
}

TEST_CASE("before an Alluxio master it waits for its word, its mounts, the nodes and the inputs of before", "[sync]") {
  SyncRule rule(Options(), kBegan);
  SyncFacts facts;
  facts.takes_reports = false;
  facts.master_problem = "the Alluxio master was not reached yet: m:19998 refused";
  facts.mounts_told = facts.nodes_told = false;
  CHECK_FALSE(rule.Look(facts, kBegan + 1s));
  CHECK(rule.missing() ==
        "the Alluxio master was not reached yet: m:19998 refused; the API server has not listed its nodes yet; ready "
        "in any case in 59s");
  facts.master_problem.clear();
  CHECK_FALSE(rule.Look(facts, kBegan + 2s));
  CHECK(Has(rule.missing(), "mount table"));
  facts.mounts_told = true;
  CHECK_FALSE(rule.Look(facts, kBegan + 2s));
  facts.nodes_told = true;
  facts.unlisted = 7;
  CHECK_FALSE(rule.Look(facts, kBegan + 2s));
  CHECK(Has(rule.missing(), "7 inputs of before the restart"));
  facts.unlisted = 0;
  // Nobody but the master tells of workers: there is no settle time.
  CHECK(rule.Look(facts, kBegan + 2s));
}
