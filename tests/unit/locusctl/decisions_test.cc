#include "locusctl/decisions.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "locusctl/decision_json.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

constexpr const char* kTwo = R"({"decisions":[
  {"time":"2026-01-01T00:00:02.000Z","call":"prioritize","pod":{"namespace":"spark","name":"b"},"inputs":["/x","/y"],
   "outcome":"degraded","reason":"metadata_away","nodes":[]},
  {"time":"2026-01-01T00:00:01.000Z","call":"prioritize","pod":{"namespace":"spark","name":"a"},"inputs":["/x"],
   "outcome":"scored","reason":"","nodes":[{"node":"n2","score":3,"saved_seconds":1},
   {"node":"n1","score":10,"saved_seconds":2.5}]}]})";

}  // namespace

TEST_CASE("decisions are a row each with the best node", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {200, kTwo};
  CapturedOutput captured;
  CHECK(RunDecisions(7, source, captured.AsText({false, 140})) == 0);
  CHECK(source.asked == "/v1/decisions?limit=7");
  CHECK(captured.out.str() ==
        "TIME                      POD      CALL        OUTCOME                  BEST   SAVED  INPUTS\n"
        "2026-01-01T00:00:02.000Z  spark/b  prioritize  degraded: metadata_away  -          -  /x,/y\n"
        "2026-01-01T00:00:01.000Z  spark/a  prioritize  scored                   n1    2.50 s  /x\n");
}

TEST_CASE("decisions as JSON are at most as many as asked for", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {200, kTwo};
  CapturedOutput captured;
  CHECK(RunDecisions(1, source, captured.AsJson()) == 0);
  const auto json = nlohmann::json::parse(captured.out.str());
  REQUIRE(json["decisions"].size() == 1);
  CHECK(json["decisions"][0]["pod"]["name"] == "b");
}

TEST_CASE("no decisions, no extender and no answer have their exit codes", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {200, R"({"decisions":[]})"};
  CapturedOutput captured;
  CHECK(RunDecisions(7, source, captured.AsText()) == 1);
  CHECK(
      captured.err.str().find("locus-extender at http://extender.test:8900 has no decision on record\n  It records") !=
      std::string::npos);
  source.answer = {404, "nginx"};
  CHECK(RunDecisions(7, source, captured.AsText()) == 3);
  source.status = Unavailable("gone");
  CHECK(RunDecisions(7, source, captured.AsText()) == 3);
}
