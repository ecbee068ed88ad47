#include "locusctl/installation/troubles.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

namespace {

InstallationFacts Well() {
  InstallationFacts facts;
  facts.extenders.resize(1);
  facts.extenders[0].url = "http://e";
  facts.metas.resize(1);
  facts.metas[0].address = "m:1";
  CacheWorker worker;
  worker.address = "w:1";
  worker.node = "a";
  worker.state = CacheWorker::State::kLive;
  facts.metas[0].workers = {worker};
  return facts;
}

// The one trouble that there is.
Trouble Only(const InstallationFacts& facts) {
  const auto troubles = TroublesOf(facts);
  REQUIRE(troubles.size() == 1);
  CHECK_FALSE(troubles[0].next.empty());
  return troubles[0];
}

}  // namespace

TEST_CASE("an installation that is well has no trouble", "[locusctl]") { CHECK(TroublesOf(Well()).empty()); }

TEST_CASE("a part that does not answer is a trouble of its own", "[locusctl]") {
  InstallationFacts facts = Well();
  facts.extenders[0].problem = "cannot be reached: refused";
  CHECK(Only(facts).part == "extender");
  CHECK(Only(facts).what == "http://e cannot be reached: refused");
  facts = Well();
  facts.metas[0].problem = "refused";
  facts.metas[0].workers.clear();
  CHECK(Only(facts).part == "meta");
}

TEST_CASE("what the extender calls degraded is told with since when and what to do", "[locusctl]") {
  InstallationFacts facts = Well();
  facts.extenders[0].degraded = {{"metadata", "metadata_stale", "2026-01-01T00:00:00Z", "not heard"}};
  const Trouble stale = Only(facts);
  CHECK(stale.part == "extender");
  CHECK(stale.what == "metadata metadata_stale at http://e: not heard");
  CHECK(stale.since == "2026-01-01T00:00:00Z");
  CHECK(stale.next.find("locus-meta runs") != std::string::npos);
  facts.extenders[0].degraded = {{"gate", "no_leader", "", "nobody leads"}};
  CHECK(Only(facts).part == "gate");
  CHECK(Only(facts).next.find("Lease") != std::string::npos);
  facts.extenders[0].degraded = {{"decisions", "of_the_future", "", "x"}};
  CHECK(Only(facts).next.find("log of locus-extender") != std::string::npos);
}

TEST_CASE("two leaders of the gate are a trouble", "[locusctl]") {
  InstallationFacts facts = Well();
  facts.extenders.push_back(facts.extenders[0]);
  facts.extenders[0].leads = true;
  CHECK(TroublesOf(facts).empty());
  facts.extenders[1].leads = true;
  CHECK(Only(facts).what == "2 extenders lead the gate");
}

TEST_CASE("metadata that is stale, has no mounts or no workers is a trouble", "[locusctl]") {
  InstallationFacts facts = Well();
  facts.metas[0].stale = true;
  facts.metas[0].age_ms = 90'000;
  CHECK(Only(facts).since == "90s ago");
  facts = Well();
  facts.metas[0].mounts_problem = "the master is away";
  CHECK(Only(facts).what == "mounts may be missing at m:1: the master is away");
  facts = Well();
  facts.metas[0].workers.clear();
  CHECK(Only(facts).part == "workers");
}

TEST_CASE("workers that are lost, match no node or have a problem are named", "[locusctl]") {
  InstallationFacts facts = Well();
  CacheWorker& worker = facts.metas[0].workers[0];
  worker.problem = "its disk fails";
  CHECK(Only(facts).what == "a (w:1): its disk fails");
  worker.node = "";
  CHECK(Only(facts).what == "w:1 matches no Kubernetes node: nothing cached there draws a pod");
  CHECK(Only(facts).next == "its disk fails");
  worker.state = CacheWorker::State::kLost;
  worker.last_heard_ms = 11'000;
  CHECK(Only(facts).what == "w:1 is lost: its blocks do not count");
  CHECK(Only(facts).since == "11s ago");
}

TEST_CASE("of many lost workers five are named and the rest are counted", "[locusctl]") {
  InstallationFacts facts = Well();
  CacheWorker lost = facts.metas[0].workers[0];
  lost.state = CacheWorker::State::kLost;
  for (int i = 0; i < 9; ++i) {
    lost.address = "lost:" + std::to_string(i);
    facts.metas[0].workers.push_back(lost);
  }
  const auto troubles = TroublesOf(facts);
  REQUIRE(troubles.size() == 6);
  CHECK(troubles[5].what == "4 more workers lost");
}
