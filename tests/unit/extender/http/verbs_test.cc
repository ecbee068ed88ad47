#include "extender/http/verbs.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/testing/fake_clock.h"
#include "extender/http/replies.h"
#include "tests/unit/extender/fake_locality.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct Fixture {
  FakeClock clock;
  Metrics metrics;
  CallMetrics call_metrics{metrics};
  FakeLocality locality;
  DecisionRing ring{100};
  VerbOptions options;
  Verbs verbs{options, locality, ring, call_metrics, clock};

  bool Counts(const std::string& line) const { return metrics.Render().find(line + "\n") != std::string::npos; }
};

std::string Body(const std::string& annotations, const std::string& names = R"(["a","b","c"])") {
  return R"({"Pod":{"metadata":{"name":"p","namespace":"ns","uid":"u","labels":{"spark-app-selector":"app-1"},"annotations":{)" +
         annotations + R"(}}},"Nodes":null,"NodeNames":)" + names + "}";
}

constexpr uint64_t kGiB = 1ULL << 30;

}  // namespace

TEST_CASE("a pod with a known input gets scores and a record", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", 4 * kGiB, {{"a", 4 * kGiB}, {"b", 2 * kGiB}}));
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")")) ==
        R"([{"Host":"a","Score":10},{"Host":"b","Score":5}])");
  CHECK(f.locality.last_budget() == f.options.budget);
  const auto records = f.ring.OfPod("ns", "p");
  REQUIRE(records.size() == 1);
  CHECK(records[0]->call == Call::kPrioritize);
  CHECK(records[0]->outcome == Outcome::kScored);
  CHECK(records[0]->pod.application == "app-1");
  CHECK(records[0]->pod.uid == "u");
  CHECK(records[0]->offered_nodes == 3);
  CHECK(records[0]->share_bytes == 4 * kGiB);
  CHECK(f.Counts(R"(locus_extender_decisions_total{outcome="scored",reason=""} 1)"));
}

TEST_CASE("the filter passes every pod with the names byte for byte", "[verbs]") {
  Fixture f;
  const std::string names = "[ \"a\",\n\"\\u0062\" ]";
  const std::string expected = FilterPass(names);
  CHECK(f.verbs.Filter(Body("", names)) == expected);
  CHECK(f.ring.added() == 0);
  CHECK(f.locality.questions() == 0);
  CHECK(f.verbs.Filter(Body(R"("locus.dev/inputs":"/x")", names)) == expected);
  REQUIRE(f.ring.added() == 1);
  CHECK(f.ring.Latest(1)[0]->outcome == Outcome::kPassed);
  CHECK(f.ring.Latest(1)[0]->inputs[0].input == "/x");
  // The filter follows the input, but never waits for it.
  CHECK(f.locality.questions() == 1);
  CHECK(f.locality.last_budget() == Duration::zero());
}

TEST_CASE("a pod without inputs is answered without a question and leaves no record", "[verbs]") {
  Fixture f;
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/policy":"require")")) == "[]");
  CHECK(f.locality.questions() == 0);
  CHECK(f.ring.added() == 0);
  CHECK(f.Counts(R"(locus_extender_untouched_total{verb="prioritize"} 1)"));
}

TEST_CASE("a name written with escapes matches its node and comes back as it is", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"node-a", kGiB}}));
  const std::string reply = f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")", R"(["\u006eode-a","b"])"));
  CHECK(reply == R"([{"Host":"node-a","Score":10}])");
}

TEST_CASE("odd names and nodes that nobody knows are passed with score 0", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"a", kGiB}, {"q\"\\", kGiB / 2}}));
  const std::string names = R"(["a","","ghost","q\"\\","\u0000","\ud83d\ude00"])";
  const json reply = json::parse(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")", names)));
  REQUIRE(reply.size() == 2);
  CHECK(reply[0]["Host"] == "a");
  CHECK(reply[1]["Host"] == "q\"\\");
  CHECK(reply[1]["Score"] == 5);
  CHECK(f.verbs.Filter(Body(R"("locus.dev/inputs":"/x")", names)) == FilterPass(names));
}

TEST_CASE("while metadata is away nothing is scored and the reason is counted", "[verbs]") {
  Fixture f;
  f.locality.SetNews({});
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")")) == "[]");
  CHECK(f.Counts(R"(locus_extender_degraded_total{reason="metadata_away"} 1)"));
  CHECK(f.Counts(R"(locus_extender_decisions_total{outcome="degraded",reason="metadata_away"} 1)"));
  CHECK(f.ring.Latest(1)[0]->outcome == Outcome::kDegraded);
  LocalityNews old;
  old.heard = true;
  old.age = 11s;
  f.locality.SetNews(old);
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")")) == "[]");
  CHECK(f.Counts(R"(locus_extender_degraded_total{reason="metadata_stale"} 1)"));
}

TEST_CASE("a body that cannot be used is told by the filter and gives no scores", "[verbs]") {
  Fixture f;
  const json reply = json::parse(f.verbs.Filter(R"({"Pod":{},"Nodes":{"items":[]},"NodeNames":null})"));
  CHECK(reply["Error"] == "locus: Nodes came instead of NodeNames: set nodeCacheCapable: true for this extender");
  CHECK(reply["NodeNames"].is_null());
  CHECK(f.verbs.Prioritize("{") == "[]");
  CHECK(f.Counts(R"(locus_extender_bad_requests_total{reason="node_objects",verb="filter"} 1)"));
  CHECK(f.Counts(R"(locus_extender_bad_requests_total{reason="malformed_json",verb="prioritize"} 1)"));
  CHECK(f.ring.added() == 0);
}

TEST_CASE("bad annotations are warned of and counted once a decision, and never block", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"a", kGiB}}));
  const std::string body =
      Body(R"("locus.dev/inputs":"/x,relative","locus.dev/share":"many","locus.dev/policy":"always")");
  CHECK(f.verbs.Filter(body).find(R"("NodeNames":["a","b","c"])") != std::string::npos);
  CHECK(f.verbs.Prioritize(body) == R"([{"Host":"a","Score":10}])");
  const auto record = f.ring.Latest(1)[0];
  REQUIRE(record->warnings.size() == 3);
  CHECK(record->warnings[0] == "locus.dev/inputs: 'relative' is neither a URI nor an absolute path");
  CHECK(f.Counts(R"(locus_extender_bad_annotations_total{annotation="inputs"} 1)"));
  CHECK(f.Counts(R"(locus_extender_bad_annotations_total{annotation="share"} 1)"));
  CHECK(f.Counts(R"(locus_extender_bad_annotations_total{annotation="policy"} 1)"));
}

TEST_CASE("a policy that is not in effect is told", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"a", kGiB}}));
  f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x","locus.dev/policy":"require")"));
  REQUIRE(f.ring.Latest(1)[0]->warnings.size() == 1);
  CHECK(f.ring.Latest(1)[0]->warnings[0].find("only prefer is in effect") != std::string::npos);
}

TEST_CASE("an input that nobody knows gives no preference and a warning on record", "[verbs]") {
  Fixture f;
  f.locality.Put(In(InputState::kUnknown, "/gone"));
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/gone")")) == "[]");
  CHECK(ToWord(f.ring.Latest(1)[0]->reason) == "input_unknown");
  CHECK(f.ring.Latest(1)[0]->warnings == std::vector<std::string>{"input /gone: nobody knows this path"});
}

TEST_CASE("an annotation without a usable input is on record and scores nothing", "[verbs]") {
  Fixture f;
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"relative")")) == "[]");
  CHECK(ToWord(f.ring.Latest(1)[0]->reason) == "input_unknown");
}

TEST_CASE("the same request gives the same answer", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"a", kGiB}, {"b", kGiB / 3}}));
  const std::string body = Body(R"("locus.dev/inputs":"/x")");
  const std::string first = f.verbs.Prioritize(body);
  for (int i = 0; i < 20; ++i) CHECK(f.verbs.Prioritize(body) == first);
}

TEST_CASE("a call takes what the clock says", "[verbs]") {
  Fixture f;
  f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")"));
  CHECK(f.ring.Latest(1)[0]->duration == Duration::zero());
  CHECK(f.ring.Latest(1)[0]->time == f.clock.WallNow());
  CHECK(f.Counts(R"(locus_extender_call_duration_seconds_count{verb="prioritize"} 1)"));
}
