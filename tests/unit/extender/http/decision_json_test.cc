#include "extender/http/decision_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/extender/pictures.h"
#include "tests/unit/extender/questions.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// 2026-01-31T08:15:30.250Z, worked out with date(1).
const WallTime kTime = WallTime(1769847330250ms);

DecisionRecord Scored() {
  auto answer = Answer({Known("/x", 1000, {{"a", 400, 300, 100}, {"b", 100}}), In(InputState::kInvalid, "/y", "why")},
                       {{"a", 0.25}});
  answer.news.age = 250ms;
  answer.news.source_age = 1s;
  answer.news.epoch = 12;
  const std::vector<std::string_view> offered = {"a", "c"};
  ScoringParameters parameters;
  parameters.tier_bandwidth = {1000, 500, 250};
  parameters.network_bandwidth = 100;
  DecisionRecord record;
  KeepVerdict(DecideFor(answer, offered, parameters), offered, 32, record);
  KeepInputs(answer, record);
  record.time = kTime;
  record.pod = {"ns", "p", "u", "app"};
  record.offered_nodes = 2;
  record.duration = 123us;
  return record;
}

}  // namespace

TEST_CASE("times are written as RFC 3339 with milliseconds", "[decision_json]") {
  CHECK(FormatTime(kTime) == "2026-01-31T08:15:30.250Z");
  CHECK(FormatTime(WallTime(0ms)) == "1970-01-01T00:00:00.000Z");
  CHECK(FormatTime(WallTime(7ms)) == "1970-01-01T00:00:00.007Z");
}

TEST_CASE("a decision shows every term of every node", "[decision_json]") {
  const json d = json::parse(DecisionsJson({std::make_shared<DecisionRecord>(Scored())}))["decisions"][0];
  CHECK(d["time"] == "2026-01-31T08:15:30.250Z");
  CHECK(d["call"] == "prioritize");
  CHECK(d["pod"] == json{{"namespace", "ns"}, {"name", "p"}, {"uid", "u"}});
  CHECK(d["application"] == "app");
  CHECK(d["inputs"] == json{"/x", "/y"});
  CHECK(d["outcome"] == "scored");
  CHECK(d["reason"] == "");
  CHECK(d["warnings"] == json{"input /y: not a valid input: why"});
  CHECK(d["share_bytes"] == 1000);
  CHECK(d["offered_nodes"] == 2);
  CHECK(d["duration_us"] == 123);
  CHECK(d["freshness"] == json{{"age_ms", 1250}, {"stale", false}, {"epoch", 12}});
  CHECK(d["input_details"][0] == json{{"input", "/x"},
                                      {"state", "KNOWN"},
                                      {"problem", ""},
                                      {"length_bytes", 1000},
                                      {"cached_bytes", 900},
                                      {"files", 0},
                                      {"blocks", 0}});
  CHECK(d["input_details"][1]["state"] == "INVALID");
  CHECK(d["input_details"][1]["problem"] == "why");
  REQUIRE(d["nodes"].size() == 2);
  const json& a = d["nodes"][0];
  CHECK(a["node"] == "a");
  CHECK(a["offered"] == true);
  CHECK(a["local_bytes"] == json{{"MEM", 400}, {"SSD", 300}, {"HDD", 100}});
  CHECK(a["taken_bytes"] == json{{"MEM", 400}, {"SSD", 300}, {"HDD", 100}});
  CHECK(a["seconds"].get<double>() == Approx(3.4));
  CHECK(a["saved_seconds"].get<double>() == Approx(6.6));
  CHECK(a["load"] == 0.25);
  CHECK(a["headroom"] == 0.75);
  CHECK(a["value"].get<double>() == Approx(4.95));
  CHECK(a["score"] == 10);
  CHECK(d["nodes"][1]["offered"] == false);
  CHECK(d["nodes"][1]["load"].is_null());
  CHECK(d["nodes"][1]["score"] == 0);
  CHECK(d["nodes_omitted"] == 0);
}

TEST_CASE("a filter call shows its inputs without details", "[decision_json]") {
  DecisionRecord record;
  record.call = Call::kFilter;
  KeepInputs(std::vector<std::string>{"/x"}, record);
  const json d = json::parse(ExplainJson("ns", "p", {std::make_shared<DecisionRecord>(record)}));
  CHECK(d["pod"] == json{{"namespace", "ns"}, {"name", "p"}});
  CHECK(d["decisions"][0]["call"] == "filter");
  CHECK(d["decisions"][0]["outcome"] == "passed");
  CHECK(d["decisions"][0]["inputs"] == json{"/x"});
  CHECK(d["decisions"][0]["input_details"].empty());
  CHECK(d["decisions"][0]["nodes"].is_array());
  CHECK(d["decisions"][0]["freshness"]["age_ms"].is_null());
}

TEST_CASE("a missing decision tells since when the extender runs", "[decision_json]") {
  const json d = json::parse(NoDecisionJson("none", kTime));
  CHECK(d == json{{"error", "none"}, {"started", "2026-01-31T08:15:30.250Z"}});
}

TEST_CASE("bytes that are no UTF-8 do not break the page", "[decision_json]") {
  DecisionRecord record;
  record.pod.name = "\xFF\xFE";
  CHECK_NOTHROW(json::parse(DecisionsJson({std::make_shared<DecisionRecord>(record)})));
}
