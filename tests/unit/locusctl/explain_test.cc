#include "locusctl/explain.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "locusctl/decision_json.h"
#include "locusctl/outcome.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

// 1 GiB read by one pod: from memory on node-a, or over a network of 125 MB/s.
constexpr const char* kScored = R"({"pod":{"namespace":"spark","name":"etl-exec-1"},"decisions":[
  {"time":"2026-01-01T00:00:02.500Z","call":"filter","pod":{"namespace":"spark","name":"etl-exec-1","uid":"u"},
   "outcome":"passed","reason":"","inputs":["alluxio:///e"],"offered_nodes":2,"duration_us":11},
  {"time":"2026-01-01T00:00:01.250Z","call":"prioritize","pod":{"namespace":"spark","name":"etl-exec-1","uid":"u"},
   "application":"spark-77","inputs":["alluxio:///e"],"outcome":"scored","reason":"","warnings":[],
   "share_bytes":1073741824,"offered_nodes":2,"duration_us":87,"freshness":{"age_ms":40,"stale":false,"epoch":9},
   "input_details":[{"input":"alluxio:///e","state":"KNOWN","problem":"","length_bytes":2147483648,
                     "cached_bytes":1610612736,"files":4,"blocks":32}],
   "nodes":[
    {"node":"node-a","offered":true,"local_bytes":{"MEM":1610612736},"taken_bytes":{"MEM":1073741824},
     "seconds":0.17,"saved_seconds":8.42,"load":0.25,"headroom":0.75,"value":6.315,"score":10},
    {"node":"node-b","offered":true,"local_bytes":{},"taken_bytes":{},"seconds":8.59,"saved_seconds":0,
     "load":null,"headroom":0.75,"value":0,"score":0},
    {"node":"node-c","offered":false,"local_bytes":{"SSD":10},"taken_bytes":{"SSD":10},"seconds":8.59,
     "saved_seconds":0,"load":0.1,"headroom":0.9,"value":0,"score":0}],
   "nodes_omitted":3}]})";

Decision Made(const std::string& outcome, const std::string& reason) {
  Decision decision;
  decision.outcome = outcome;
  decision.reason = reason;
  return decision;
}

int Explain(FakeDecisionSource& source, const Output& output, bool all = false) {
  return RunExplain({{"spark", "etl-exec-1"}, all}, source, output);
}

}  // namespace

TEST_CASE("the newest prioritize is explained with each term of each node", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {200, kScored};
  CapturedOutput captured;
  CHECK(Explain(source, captured.AsText({false, 120})) == 0);
  CHECK(source.asked == "/v1/explain/spark/etl-exec-1");
  CHECK(
      captured.out.str() ==
      "spark/etl-exec-1  prioritize at 2026-01-01T00:00:01.250Z, application spark-77\n"
      "scored: node-a is preferred with 10 of 10 points: reading 1 GiB takes 0.17 s there instead of 8.59 s over the "
      "network. The scheduler adds these points to those of its own plugins.\n"
      "share 1 GiB; 2 nodes offered; decided in 87 us on news 40 ms old\n"
      "\n"
      "  INPUT         STATE   SIZE  CACHED  PROBLEM\n"
      "  alluxio:///e  known  2 GiB   75.0%\n"
      "\n"
      "  NODE       LOCAL  TAKEN                TIME   SAVED  LOAD  HEADROOM   VALUE  SCORE\n"
      "  node-a   1.5 GiB  1 GiB  ██████████  0.17 s  8.42 s  0.25      0.75  6.32 s     10\n"
      "  node-b         -      -  ··········  8.59 s     0 s     -      0.75     0 s      0\n"
      "  node-c*     10 B   10 B  ▓·········  8.59 s     0 s  0.10      0.90     0 s      0\n"
      "  and 3 nodes more, none of them better\n"
      "  * not offered by the scheduler: no room there, or ruled out by its filters\n"
      "\n"
      "LOCAL bytes of the inputs on the node; TAKEN the pod's share of them, bar █ MEM  ▓ SSD  ░ HDD  · read from "
      "elsewhere\n"
      "TIME to read the share there; SAVED against reading it all over the network; LOAD 0 idle to 1 saturated, - not "
      "known (the median counts)\n"
      "HEADROOM what the load leaves; VALUE = SAVED x HEADROOM; SCORE = VALUE in tenths of the best\n");
  CHECK(captured.err.str().empty());
}

TEST_CASE("--all shows every decision, and --json follows the same choice", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {200, kScored};
  CapturedOutput all, newest_json, all_json;
  CHECK(Explain(source, all.AsText(), /*all=*/true) == 0);
  CHECK(all.out.str().find("filter at 2026-01-01T00:00:02.500Z\npassed: ") != std::string::npos);
  CHECK(all.out.str().find("prioritize at") != std::string::npos);
  CHECK(Explain(source, newest_json.AsJson()) == 0);
  const auto newest = nlohmann::json::parse(newest_json.out.str());
  REQUIRE(newest["decisions"].size() == 1);
  CHECK(newest["decisions"][0]["call"] == "prioritize");
  CHECK(newest["decisions"][0]["nodes"][1]["load"].is_null());
  Explain(source, all_json.AsJson(), /*all=*/true);
  CHECK(nlohmann::json::parse(all_json.out.str()) == nlohmann::json::parse(kScored));
}

TEST_CASE("a degraded decision says what happened and what to check", "[locusctl]") {
  CHECK(OutcomeSentence(Made("degraded", "metadata_away")) ==
        "degraded: metadata_away — locus-meta could not be reached; the pod was scheduled without locality. Check that "
        "locus-meta runs, and metadata.target in extender.yaml.");
}

TEST_CASE("every reason of the extender has a sentence of its own", "[locusctl]") {
  for (const char* reason : {"metadata_away", "metadata_stale", "input_pending", "input_limit"}) {
    CHECK(OutcomeSentence(Made("degraded", reason)).find("does not know") == std::string::npos);
  }
  for (const char* reason :
       {"no_gain", "indifferent", "nothing_cached", "input_unknown", "no_holder_offered", "one_node"}) {
    CHECK(OutcomeSentence(Made("abstained", reason)).find("does not know") == std::string::npos);
  }
  CHECK(OutcomeSentence(Made("passed", "")).find("does not know") == std::string::npos);
  CHECK(OutcomeSentence(Made("scored", "")) == "scored: no node got a score above 0.");
  CHECK(OutcomeSentence(Made("degraded", "sunspots")) ==
        "degraded: sunspots — this locusctl does not know that reason; use one of the extender's version.");
}

TEST_CASE("warnings and the inputs of a decision without details are shown", "[locusctl]") {
  Decision decision = Made("degraded", "metadata_away");
  decision.inputs = {"/a", "/b"};
  decision.warnings = {"locus.dev/share: 'x' is not a size"};
  const std::string text = RenderDecision(decision, {});
  CHECK(text.find("warning: locus.dev/share: 'x' is not a size\n") != std::string::npos);
  CHECK(text.find("input /a\ninput /b\n") != std::string::npos);
  CHECK(text.find("without any news from locus-meta") != std::string::npos);
}

TEST_CASE("no decision on record is a negative answer with advice", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {404, R"({"error":"no decision on record","started":"2026-01-01T00:00:00Z"})"};
  CapturedOutput captured;
  CHECK(Explain(source, captured.AsText()) == 1);
  CHECK(
      captured.err.str().find("locusctl: no decision on record for spark/etl-exec-1 at http://extender.test:8900 (the "
                              "extender started 2026-01-01T00:00:00Z)\n  The pod has no annotation") == 0);
  CHECK(captured.out.str().empty());
}

TEST_CASE("an empty list of decisions is a negative answer too", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {200, R"({"decisions":[]})"};
  CapturedOutput captured;
  CHECK(Explain(source, captured.AsText()) == 1);
  CHECK(Explain(source, captured.AsJson()) == 1);
}

TEST_CASE("what is no answer of the extender is told as such", "[locusctl]") {
  for (const HttpAnswer& answer :
       {HttpAnswer{404, "404 page not found"}, HttpAnswer{500, "{}"}, HttpAnswer{200, "<html>"}, HttpAnswer{200, "{}"},
        HttpAnswer{200, R"({"decisions":[7]})"}, HttpAnswer{200, ""}}) {
    INFO(answer.body);
    FakeDecisionSource source;
    source.answer = answer;
    CapturedOutput captured;
    CHECK(Explain(source, captured.AsText()) == 3);
    CHECK(captured.err.str().find("does not answer like locus-extender") != std::string::npos);
    CHECK(captured.err.str().find("--extender URL") != std::string::npos);
  }
}

TEST_CASE("an extender that cannot be reached is exit code 3 with advice", "[locusctl]") {
  FakeDecisionSource source;
  source.status = Unavailable("no answer within 5s");
  CapturedOutput captured;
  CHECK(Explain(source, captured.AsText()) == 3);
  CHECK(captured.err.str() ==
        "locusctl: cannot explain the pod: cannot reach locus-extender at http://extender.test:8900: no answer within "
        "5s\n"
        "  Check that locus-extender runs and listens there, or name another address with --extender URL or "
        "LOCUS_EXTENDER.\n");
}

TEST_CASE("fields of another type than expected do no harm", "[locusctl]") {
  const auto parsed = ParseDecisions(R"({"decisions":[{"time":1,"pod":"x","inputs":"y","warnings":[1,"w",null],
    "share_bytes":-5,"offered_nodes":1e3,"freshness":[],"input_details":{"a":1},"nodes":[1,{"node":7,"local_bytes":[],
    "seconds":"x","load":"y","score":1.5}],"unknown":{}}]})");
  REQUIRE(parsed.ok());
  const Decision& decision = parsed->at(0);
  CHECK(decision.warnings == std::vector<std::string>{"w"});
  CHECK(decision.share_bytes == 0);
  CHECK(decision.offered_nodes == 1000);
  CHECK(decision.input_details.empty());
  REQUIRE(decision.nodes.size() == 1);
  CHECK_FALSE(decision.nodes[0].load);
  CHECK(RenderDecision(decision, {}).find(" - ") != std::string::npos);
}

TEST_CASE("deeply nested answers do no harm", "[locusctl]") {
  const std::string deep = R"({"decisions":[{"x":)" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}]}";
  CHECK(ParseDecisions(deep).ok());
  CHECK(ReformatDecisions(deep, 0, 10).ok());
  CHECK_FALSE(ParseDecisions(std::string(1'000'000, '[')).ok());
}

TEST_CASE("hostile texts of the extender do not reach the terminal raw", "[locusctl]") {
  // As JSON carries them: escapes, and bytes that are no UTF-8.
  std::string json = R"({"decisions":[{"time":"T","call":"T","application":"T","pod":{"namespace":"T","name":"T"},
    "outcome":"T","reason":"T","warnings":["T"],"inputs":["T"],
    "input_details":[{"input":"T","state":"T","problem":"T"}],"nodes":[{"node":"T"}]}]})";
  for (size_t at = 0; (at = json.find("\"T\"", at)) != std::string::npos;) {
    json.replace(at, 3, R"("x\u001b[31m\u0007\r\n\u009b\u202e\u007f")");
  }
  FakeDecisionSource source;
  source.answer = {200, json};
  CapturedOutput text, machine;
  CHECK(Explain(source, text.AsText()) == 0);
  CHECK(IsHarmless(text.out.str()));
  CHECK(Explain(source, machine.AsJson()) == 0);
  CHECK(IsHarmless(machine.out.str()));
  source.answer = {404, R"({"error":"\u001b[2J","started":"\u001b[2J"})"};
  CapturedOutput refused;
  CHECK(Explain(source, refused.AsText()) == 1);
  CHECK(IsHarmless(refused.err.str()));
}

TEST_CASE("pods are written with or without their namespace", "[locusctl]") {
  const auto both = ParsePodName("spark/etl-exec-1", "default");
  REQUIRE(both.ok());
  CHECK(both->space == "spark");
  CHECK(both->name == "etl-exec-1");
  CHECK(ParsePodName("etl.exec-1", "jobs")->space == "jobs");
  for (const char* text : {"", "/", "a/", "/b", "a/b/c", "A/b", "a b", "../x", "-a", "a%2Fb", "pod/\x1b", "a/b?x"}) {
    INFO(text);
    CHECK_FALSE(ParsePodName(text, "default").ok());
  }
  CHECK_FALSE(ParsePodName(std::string(254, 'a'), "default").ok());
  CHECK_FALSE(ParsePodName("pod", "Not A Namespace").ok());
}
