#include "extender/http/args_parser.h"

#include <catch2/catch.hpp>

using namespace locus::extender;

namespace {

using Names = std::vector<std::string_view>;

ExtenderArgs Good(ArgsParser& parser, std::string_view body, Want want = Want::kNames) {
  ExtenderArgs args;
  const auto bad = parser.Parse(body, want, &args);
  INFO(body);
  INFO((bad ? bad->text : ""));
  REQUIRE_FALSE(bad);
  return args;
}

void CheckBad(std::string_view body, BadReason reason) {
  for (const Want want : {Want::kRawNames, Want::kNames}) {
    ArgsParser parser;
    ExtenderArgs args;
    const auto bad = parser.Parse(body, want, &args);
    INFO(body);
    REQUIRE(bad);
    CHECK(kBadReasonWords[static_cast<size_t>(bad->reason)] == kBadReasonWords[static_cast<size_t>(reason)]);
    CHECK_FALSE(bad->text.empty());
  }
}

std::optional<std::string_view> Text(const ExtenderArgs& args, Annotation a) {
  return args.pod.annotations[static_cast<size_t>(a)];
}

}  // namespace

TEST_CASE("what kube-scheduler sends is read", "[args_parser]") {
  ArgsParser parser;
  const ExtenderArgs args = Good(parser, R"({"Pod":{"metadata":{"name":"p-1","namespace":"ns","uid":"u-1",
      "labels":{"app":"x","spark-app-selector":"spark-7"},
      "annotations":{"a/b":"c","locus.dev/inputs":"/x","locus.dev/share":"1GiB","locus.dev/max-wait":"5s"}},
      "spec":{"containers":[{"name":"c","env":[{"name":"A","value":"}]\""}]}]},"status":{"phase":"Pending"}},
      "Nodes":null,"NodeNames":["n1","n2"]})");
  CHECK(args.pod.name == "p-1");
  CHECK(args.pod.namespace_name == "ns");
  CHECK(args.pod.uid == "u-1");
  CHECK(args.pod.application == "spark-7");
  CHECK(args.pod.HasInputs());
  CHECK(Text(args, Annotation::kInputs) == "/x");
  CHECK(Text(args, Annotation::kShare) == "1GiB");
  CHECK(Text(args, Annotation::kMaxWait) == "5s");
  CHECK_FALSE(Text(args, Annotation::kPolicy));
  CHECK(args.names == Names{"n1", "n2"});
  CHECK(args.name_count == 2);
  CHECK_FALSE(args.escaped_names);
}

TEST_CASE("the list of names is kept as it stands in the body", "[args_parser]") {
  ArgsParser parser;
  for (const char* raw :
       {R"(["a","b"])", R"([ "a" , "b" ])", "[\n\t\"a\",\r\n \"b\"\n]", R"(["\u0061","b\/c"])", "[]", "[ ]"}) {
    const std::string before = std::string(R"({"NodeNames":)") + raw + R"( ,"Pod":{}})";
    CHECK(Good(parser, before, Want::kRawNames).raw_names == raw);
    const std::string last = std::string(R"({"Pod":{},"NodeNames":)") + raw + "}";
    CHECK(Good(parser, last, Want::kRawNames).raw_names == raw);
  }
}

TEST_CASE("escapes in names are resolved for look-ups", "[args_parser]") {
  ArgsParser parser;
  const ExtenderArgs args =
      Good(parser, R"({"Pod":{},"NodeNames":["\u006eode","a\"b","\u00e9\ud83d\ude00","c\\d", "plain"]})");
  CHECK(args.names == Names{"node", "a\"b", "\xC3\xA9\xF0\x9F\x98\x80", "c\\d", "plain"});
  CHECK(args.escaped_names);
  CHECK(args.name_count == 5);
}

TEST_CASE("keys count in any case, as for Go", "[args_parser]") {
  ArgsParser parser;
  const ExtenderArgs args = Good(
      parser,
      R"({"pod":{"METADATA":{"Name":"p","nameSpace":"ns","Annotations":{"locus.dev/inputs":"/x"}}},"nodenames":["n"]})");
  CHECK(args.pod.name == "p");
  CHECK(args.pod.namespace_name == "ns");
  CHECK(args.pod.HasInputs());
  CHECK(args.names == Names{"n"});
}

TEST_CASE("annotation keys count only as written", "[args_parser]") {
  ArgsParser parser;
  CHECK_FALSE(
      Good(
          parser,
          R"({"Pod":{"metadata":{"annotations":{"Locus.dev/inputs":"/x","locus.dev/Inputs":"/y","locus.dev/":"","locus.dev/inputsx":"/z"}}},"NodeNames":[]})")
          .pod.HasInputs());
  // Some encoders escape the slash.
  CHECK(Good(parser, R"({"Pod":{"metadata":{"annotations":{"locus.dev\/inputs":"\/x"}}},"NodeNames":[]})")
            .pod.HasInputs());
}

TEST_CASE("labels that look like annotations do not make a pod ours", "[args_parser]") {
  ArgsParser parser;
  CHECK_FALSE(
      Good(parser, R"({"Pod":{"metadata":{"labels":{"locus.dev/inputs":"/x"}}},"NodeNames":[]})").pod.HasInputs());
  CHECK_FALSE(Good(parser, R"({"Pod":{"spec":{"metadata":{"annotations":{"locus.dev/inputs":"/x"}}}},"NodeNames":[]})")
                  .pod.HasInputs());
}

TEST_CASE("members that are null count as absent", "[args_parser]") {
  ArgsParser parser;
  for (const char* pod :
       {"{}", R"({"metadata":null})", R"({"metadata":{"annotations":null,"labels":null,"name":null}})",
        R"({"metadata":{"annotations":{"locus.dev/inputs":null}}})"}) {
    const std::string body = std::string(R"({"Pod":)") + pod + R"(,"Nodes":null,"NodeNames":["a"]})";
    CHECK(Good(parser, body).names == Names{"a"});
  }
}

TEST_CASE("of keys that stand twice the last one counts", "[args_parser]") {
  ArgsParser parser;
  const ExtenderArgs args =
      Good(parser, R"({"NodeNames":["\u0061","b"],"Pod":{"metadata":{"name":"x"}},"Pod":{},"NodeNames":["c"]})");
  CHECK(args.names == Names{"c"});
  CHECK(args.name_count == 1);
  CHECK_FALSE(args.escaped_names);
  CHECK(args.pod.name.empty());
}

TEST_CASE("what is wanted of the names is asked when the pod is read", "[args_parser]") {
  ArgsParser parser;
  const auto only_ours = [](const PodArgs& pod) { return pod.HasInputs() ? Want::kNames : Want::kNothing; };
  ExtenderArgs args;
  CHECK_FALSE(parser.Parse(R"({"Pod":{"metadata":{"name":"p"}},"NodeNames":["a"]})", only_ours, &args));
  CHECK(args.names.empty());
  CHECK(args.raw_names.empty());
  const char* const ours = R"({"Pod":{"metadata":{"annotations":{"locus.dev/inputs":"/x"}}},"NodeNames":["a"]})";
  CHECK_FALSE(parser.Parse(ours, only_ours, &args));
  CHECK(args.names == Names{"a"});
}

TEST_CASE("labels, owners, the time of creation and the gate's plan are read", "[args_parser]") {
  ArgsParser parser;
  const ExtenderArgs args = Good(parser, R"({"Pod":{"metadata":{"creationTimestamp":"2026-11-27T10:00:05Z",
      "labels":{"spark-app-selector":"app","spark-role":"executor","spark-exec-resourceprofile-id":"2","x":1},
      "annotations":{"locus.dev/planned-node":"n7","locus.dev/wake":"3"},
      "ownerReferences":[{"kind":"Pod","uid":"u1"},{"uid":"u2","controller":true},{"kind":"Job"}]}},
      "NodeNames":[]})");
  CHECK(args.pod.application == "app");
  CHECK(args.pod.role == "executor");
  CHECK(args.pod.resource_profile == "2");
  CHECK(args.pod.planned_node == "n7");
  CHECK(args.pod.owners == Names{"u1", "u2"});
  CHECK(args.pod.controller == "u2");
  // date -u -d 2026-11-27T10:00:05Z +%s
  REQUIRE(args.pod.created);
  CHECK(std::chrono::system_clock::to_time_t(*args.pod.created) == 1795773605);
  const ExtenderArgs odd = Good(parser, R"({"Pod":{"metadata":{"creationTimestamp":"yesterday","ownerReferences":null}},
      "NodeNames":[]})");
  CHECK_FALSE(odd.pod.created);
  CHECK(odd.pod.owners.empty());
}

TEST_CASE("what is not JSON is refused", "[args_parser]") {
  for (const char* body : {"",
                           " ",
                           "{",
                           "}",
                           "{]",
                           "not json",
                           "[]",
                           "[1]",
                           "7",
                           "null",
                           "\"text\"",
                           R"({"Pod":)",
                           R"({"Pod":{})",
                           R"({"Pod":{},"NodeNames":["a")",
                           R"({"Pod":{},"NodeNames":["a" "b"]})",
                           R"({"Pod":{},"NodeNames":["a",]})",
                           R"({"Pod":{},"NodeNames":[,"a"]})",
                           R"({"Pod":{},"NodeNames":["\x"]})",
                           R"({"Pod":{},"NodeNames":["\ud800"]})",
                           R"({"Pod":{},"NodeNames":["\u12"]})",
                           R"({"Pod":{},"NodeNames":["a]})",
                           "{\"Pod\":{},\"NodeNames\":[\"a\nb\"]}",
                           R"({"Pod":{} "NodeNames":["a"]})",
                           R"({"Pod":{},"NodeNames":["a"]} {})",
                           R"({"Pod":nope,"NodeNames":["a"]})"}) {
    CheckBad(body, BadReason::kMalformedJson);
  }
}

TEST_CASE("what is not UTF-8 is refused", "[args_parser]") {
  CheckBad("{\"Pod\":{},\"NodeNames\":[\"\xFF\"]}", BadReason::kNotUtf8);
  CheckBad("{\"Pod\":{\"metadata\":{\"name\":\"\xC0\x80\"}},\"NodeNames\":[\"a\"]}", BadReason::kNotUtf8);
}

TEST_CASE("a missing pod is told", "[args_parser]") {
  for (const char* body : {"{}", R"({"NodeNames":["a"]})", R"({"Pod":null,"NodeNames":["a"]})"}) {
    CheckBad(body, BadReason::kMissingPod);
  }
}

TEST_CASE("missing names and node objects are told apart", "[args_parser]") {
  CheckBad(R"({"Pod":{}})", BadReason::kMissingNodeNames);
  CheckBad(R"({"Pod":{},"Nodes":null,"NodeNames":null})", BadReason::kMissingNodeNames);
  CheckBad(R"({"Pod":{},"Nodes":{"items":[{"metadata":{"name":"a"}}]},"NodeNames":null})", BadReason::kNodeObjects);
}

TEST_CASE("wrong types are told", "[args_parser]") {
  for (const char* body :
       {R"({"Pod":7,"NodeNames":["a"]})", R"({"Pod":"p","NodeNames":["a"]})", R"({"Pod":[],"NodeNames":["a"]})",
        R"({"Pod":{},"NodeNames":"a"})", R"({"Pod":{},"NodeNames":{}})", R"({"Pod":{},"NodeNames":[1]})",
        R"({"Pod":{},"NodeNames":["a",null]})", R"({"Pod":{},"NodeNames":["a",["b"]]})",
        R"({"Pod":{},"NodeNames":[{}]})", R"({"Pod":{"metadata":[]},"NodeNames":["a"]})",
        R"({"Pod":{"metadata":{"name":1}},"NodeNames":["a"]})",
        R"({"Pod":{"metadata":{"annotations":[]}},"NodeNames":["a"]})",
        R"({"Pod":{"metadata":{"labels":"x"}},"NodeNames":["a"]})",
        R"({"Pod":{"metadata":{"annotations":{"locus.dev/inputs":["/x"]}}},"NodeNames":["a"]})"}) {
    CheckBad(body, BadReason::kWrongType);
  }
}

TEST_CASE("a parser forgets one body before the next", "[args_parser]") {
  ArgsParser parser;
  ExtenderArgs args;
  CHECK_FALSE(parser.Parse(
      R"({"Pod":{"metadata":{"name":"p","annotations":{"locus.dev/inputs":"/x"}}},"NodeNames":["\u0061"]})",
      Want::kNames, &args));
  CHECK(parser.Parse("{", Want::kNames, &args));
  CHECK_FALSE(parser.Parse(R"({"Pod":{},"NodeNames":["b"]})", Want::kNames, &args));
  CHECK(args.names == Names{"b"});
  CHECK_FALSE(args.pod.HasInputs());
  CHECK(args.pod.name.empty());
  CHECK_FALSE(args.escaped_names);
}

TEST_CASE("a million names are read, and their memory given back", "[args_parser]") {
  std::string body = R"({"Pod":{},"NodeNames":[)";
  for (int i = 0; i < 1'000'000; ++i) body += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\"";
  body += "]}";
  ArgsParser parser;
  CHECK(Good(parser, body).names.size() == 1'000'000);
  CHECK(Good(parser, body).names.back() == "n999999");
  parser.Shrink();
  CHECK(Good(parser, R"({"Pod":{},"NodeNames":["a"]})").names == Names{"a"});
}

TEST_CASE("deep nesting is skipped or refused, never followed into the ground", "[args_parser]") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  ArgsParser parser;
  ExtenderArgs args;
  parser.Parse(R"({"Pod":{"spec":)" + deep + R"(},"NodeNames":["a"]})", Want::kNames, &args);
  CHECK(parser.Parse(R"({"Pod":{},"NodeNames":)" + deep + "}", Want::kNames, &args));
}
