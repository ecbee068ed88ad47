#include "locusctl/installation/facts.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

namespace {

CacheWorker Worker(const std::string& address, const std::string& node, CacheWorker::State state, uint64_t blocks) {
  CacheWorker worker;
  worker.address = address;
  worker.node = node;
  worker.state = state;
  worker.blocks = blocks;
  return worker;
}

}  // namespace

TEST_CASE("of what two locus-metas say of a worker the better counts", "[locusctl]") {
  using State = CacheWorker::State;
  InstallationFacts facts;
  facts.metas.resize(2);
  facts.metas[0].workers = {Worker("b:1", "b", State::kLost, 0), Worker("a:1", "a", State::kLive, 5)};
  facts.metas[1].workers = {Worker("b:1", "b", State::kSyncing, 7), Worker("a:1", "a", State::kLost, 1),
                            Worker("c:1", "", State::kLive, 2)};
  const auto workers = WorkersOf(facts);
  REQUIRE(workers.size() == 3);
  CHECK(workers[0].address == "c:1");
  CHECK(workers[1].address == "a:1");
  CHECK(workers[1].state == State::kLive);
  CHECK(workers[1].blocks == 5);
  CHECK(workers[2].state == State::kSyncing);
  CHECK(workers[2].blocks == 7);
}

TEST_CASE("decisions of all extenders are added by outcome", "[locusctl]") {
  InstallationFacts facts;
  facts.extenders.resize(2);
  facts.extenders[0].decisions = {{"scored", "", 3}, {"degraded", "metadata_away", 1}, {"degraded", "input_limit", 2}};
  facts.extenders[1].decisions = {{"degraded", "metadata_away", 10}, {"scored", "", 4}};
  const auto outcomes = OutcomesOf(facts);
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].outcome == "scored");
  CHECK(outcomes[0].count == 7);
  CHECK(outcomes[1].outcome == "degraded");
  CHECK(outcomes[1].count == 13);
}
