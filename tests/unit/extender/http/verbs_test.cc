#include "extender/http/verbs.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/testing/fake_clock.h"
#include "extender/http/replies.h"
#include "tests/unit/extender/fake_cluster.h"
#include "tests/unit/extender/fake_locality.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

class FakeRefusals final : public RefusalRule {
 public:
  Refusal MayRefuse(const RefusalQuestion& question) override {
    asked.emplace_back(question.uid);
    last_wake = question.wake;
    return answer;
  }
  void Passed(std::string_view) override {}
  Refusal answer = Refusal::kRefuse;
  std::vector<std::string> asked;
  std::string last_wake;
};

struct Fixture {
  FakeClock clock;
  Metrics metrics;
  CallMetrics call_metrics{metrics};
  FakeLocality locality;
  DecisionRing ring{100};
  VerbOptions options;
  FakeCluster cluster;
  FakeRefusals refusals;
  NoListener listener;
  Verbs verbs{options, {locality, cluster, refusals, ring, listener, call_metrics, clock}};

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

TEST_CASE("a policy other than prefer makes the filter look at the nodes", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"a", kGiB}, {"b", kGiB / 10}}));
  const std::string wait = R"("locus.dev/inputs":"/x","locus.dev/policy":"wait")";
  const json sifted = json::parse(f.verbs.Filter(Body(wait)));
  CHECK(sifted["NodeNames"] == json{"a"});
  CHECK(sifted["FailedNodes"].empty());
  const std::string text = "locus: waiting for a node that holds the pod's data";
  CHECK(sifted["FailedAndUnresolvableNodes"] == json{{"b", text}, {"c", text}});
  CHECK(sifted["Error"] == "");
  CHECK(f.refusals.asked.empty());
  // The scheduler takes a single node without a call for scores.
  CHECK(f.cluster.assumed() == std::vector<std::pair<std::string, std::string>>{{"u", "a"}});
  CHECK(f.Counts(R"(locus_extender_decisions_total{outcome="sifted",reason="waiting"} 1)"));

  const json refused = json::parse(f.verbs.Filter(Body(wait, R"(["b","c"])")));
  CHECK(refused["NodeNames"] == json::array());
  CHECK(refused["FailedAndUnresolvableNodes"] == json{{"b", text}, {"c", text}});
  CHECK(f.refusals.asked == std::vector<std::string>{"u"});
  CHECK(f.Counts(R"(locus_extender_decisions_total{outcome="refused",reason="waiting"} 1)"));

  const json required = json::parse(f.verbs.Filter(Body(R"("locus.dev/inputs":"/x","locus.dev/policy":"require")")));
  CHECK(required["NodeNames"] == json{"a", "b"});
  CHECK(required["FailedAndUnresolvableNodes"] == json{{"c", "locus: the node does not hold the pod's data"}});
}

TEST_CASE("a pod that may not wait passes the filter with every node", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"z", kGiB}}));
  const std::string body = Body(R"("locus.dev/inputs":"/x","locus.dev/policy":"wait")");
  f.refusals.answer = Refusal::kOver;
  CHECK(f.verbs.Filter(body) == FilterPass(R"(["a","b","c"])"));
  CHECK(ToWord(f.ring.Latest(1)[0]->reason) == "wait_is_over");
  f.refusals.answer = Refusal::kTooMany;
  CHECK(f.verbs.Filter(body) == FilterPass(R"(["a","b","c"])"));
  CHECK(f.Counts(R"(locus_extender_decisions_total{outcome="passed",reason="cannot_wait"} 1)"));
}

TEST_CASE("while metadata is away no policy refuses a node", "[verbs]") {
  Fixture f;
  f.locality.SetNews({});
  for (const char* policy : {"wait", "require"}) {
    const std::string body = Body(R"("locus.dev/inputs":"/x","locus.dev/policy":")" + std::string(policy) + "\"");
    CHECK(f.verbs.Filter(body) == FilterPass(R"(["a","b","c"])"));
  }
  CHECK(f.refusals.asked.empty());
}

TEST_CASE("an executor takes over what its driver is annotated with, and its own annotations win", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", 4 * kGiB, {{"a", 4 * kGiB}}));
  f.locality.Put(Known("/y", 4 * kGiB, {{"b", 4 * kGiB}}));
  OwnedAnnotations driver;
  driver[static_cast<size_t>(Annotation::kInputs)] = "/x";
  driver[static_cast<size_t>(Annotation::kShare)] = "1GiB";
  f.cluster.drivers["app-1"] = driver;
  CHECK(f.verbs.Prioritize(Body("")) == R"([{"Host":"a","Score":10}])");
  CHECK(f.ring.Latest(1)[0]->share_bytes == kGiB);
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/y")")) == R"([{"Host":"b","Score":10}])");
  CHECK(f.ring.Latest(1)[0]->share_bytes == kGiB);
}

TEST_CASE("where a pod was advised to go is assumed until the API server tells", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"a", kGiB}, {"b", kGiB / 2}}));
  f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")"));
  CHECK(f.cluster.assumed() == std::vector<std::pair<std::string, std::string>>{{"u", "a"}});
  f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/unknown")"));
  CHECK(f.cluster.assumed().size() == 1);
}

TEST_CASE("the gate's plan is followed while its node is offered", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"a", kGiB}, {"b", kGiB / 2}}));
  const std::string planned = R"("locus.dev/inputs":"/x","locus.dev/policy":"wait","locus.dev/planned-node":"b")";
  CHECK(f.verbs.Prioritize(Body(planned)) == R"([{"Host":"b","Score":10}])");
  CHECK(f.ring.Latest(1)[0]->planned_node == "b");
  // It stays free to land elsewhere.
  CHECK(f.verbs.Filter(Body(planned)) == FilterPass(R"(["a","b","c"])"));
  CHECK(f.verbs.Prioritize(Body(planned, R"(["a","c"])")) == R"([{"Host":"a","Score":10}])");
  CHECK(f.ring.Latest(1)[0]->planned_node.empty());
}

TEST_CASE("a pod's share is an equal part for each member of its group", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", 8 * kGiB, {{"a", 6 * kGiB}, {"b", 2 * kGiB}}));
  Surroundings group;
  group.group_size = 4;
  group.siblings = {{"a", 3}};
  f.cluster.groups["pod/ns/u"] = group;
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")")) == R"([{"Host":"b","Score":10}])");
  const auto record = f.ring.Latest(1)[0];
  CHECK(record->share_bytes == 2 * kGiB);
  CHECK(record->group_size == 4);
}

TEST_CASE("the first of a group has one best node, of a pod alone the scheduler chooses among equals", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", 4 * kGiB, {{"a", 2 * kGiB}, {"b", 2 * kGiB}}));
  CHECK(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")")) ==
        R"([{"Host":"a","Score":10},{"Host":"b","Score":10}])");
  const json grouped = json::parse(f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x","locus.dev/group":"etl")")));
  REQUIRE(grouped.size() == 2);
  CHECK(grouped[0]["Score"].get<int>() + grouped[1]["Score"].get<int>() == 19);
}

TEST_CASE("a better holder that was not offered is counted and named", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"z", kGiB}, {"a", kGiB / 4}}));
  f.verbs.Prioritize(Body(R"("locus.dev/inputs":"/x")"));
  CHECK(f.ring.Latest(1)[0]->best_not_offered == "z");
  CHECK(f.Counts("locus_extender_best_holder_not_offered_total 1"));
}

TEST_CASE("a pod that may evict others is not refused: they would be evicted in vain", "[verbs]") {
  Fixture f;
  f.locality.Put(Known("/x", kGiB, {{"z", kGiB}}));
  const auto body = [](const std::string& spec) {
    return R"({"Pod":{"metadata":{"name":"p","namespace":"ns","uid":"u","annotations":{"locus.dev/inputs":"/x",
        "locus.dev/policy":"wait","locus.dev/wake":"room-1"}},"spec":)" +
           spec + R"(},"NodeNames":["a","b"]})";
  };
  CHECK(f.verbs.Filter(body(R"({"priority":100})")) == FilterPass(R"(["a","b"])"));
  CHECK(ToWord(f.ring.Latest(1)[0]->reason) == "may_evict");
  CHECK(f.refusals.asked.empty());
  for (const char* spec : {R"({"priority":100,"preemptionPolicy":"Never"})", R"({"priority":0})", R"({})", "null"}) {
    CHECK(json::parse(f.verbs.Filter(body(spec)))["NodeNames"].empty());
  }
  CHECK(f.refusals.last_wake == "room-1");
}
