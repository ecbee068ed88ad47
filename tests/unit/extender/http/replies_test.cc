#include "extender/http/replies.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace locus::extender;
using nlohmann::json;

namespace {

NodeTerms Scored(uint32_t offered, int score) {
  NodeTerms node;
  node.offered = offered;
  node.score = score;
  return node;
}

}  // namespace

TEST_CASE("a filter that passes all has Go's field names and the names as offered", "[replies]") {
  CHECK(FilterPass(R"(["a", "b"])") ==
        R"({"Nodes":null,"NodeNames":["a", "b"],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
}

TEST_CASE("a filter's error names no node", "[replies]") {
  CHECK(FilterError("bad \"body\"") ==
        R"({"Nodes":null,"NodeNames":null,"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":"bad \"body\""})");
}

TEST_CASE("a filter that passes some names the others with the one text, and no FailedNodes", "[replies]") {
  CHECK(FilterSome({"a", "b", "c"}, {false, true, false}, "wait", true) ==
        R"({"Nodes":null,"NodeNames":["b"],"FailedNodes":{},)"
        R"("FailedAndUnresolvableNodes":{"a":"wait","c":"wait"},"Error":""})");
  CHECK(FilterSome({"a", "b"}, {false, false}, "wait", true) ==
        R"({"Nodes":null,"NodeNames":[],"FailedNodes":{},)"
        R"("FailedAndUnresolvableNodes":{"a":"wait","b":"wait"},"Error":""})");
  const json escaped = json::parse(FilterSome({"a\"b", "c\\"}, {true, false}, "say \"when\"", false));
  CHECK(escaped["NodeNames"] == json{"a\"b"});
  CHECK(escaped["FailedAndUnresolvableNodes"] == json{{"c\\", "say \"when\""}});
}

TEST_CASE("priorities list the hosts above zero in the order of the offer", "[replies]") {
  Verdict verdict;
  verdict.nodes = {Scored(2, 10), Scored(1, 0), Scored(0, 3), NodeTerms()};
  CHECK(Priorities(verdict, {"a", "b", "c"}, true) == R"([{"Host":"a","Score":3},{"Host":"c","Score":10}])");
}

TEST_CASE("hosts that are near to data stand among the holders in the order of the offer", "[replies]") {
  Verdict verdict;
  verdict.nodes = {Scored(3, 10), Scored(0, 7)};
  verdict.near = {{1, 2}, {2, 1}, {4, 2}};
  CHECK(Priorities(verdict, {"a", "b", "c", "d", "e"}, true) ==
        R"([{"Host":"a","Score":7},{"Host":"b","Score":2},{"Host":"c","Score":1},)"
        R"({"Host":"d","Score":10},{"Host":"e","Score":2}])");
}

TEST_CASE("without scores the list is empty, not null and not zeros", "[replies]") {
  CHECK(Priorities(Verdict(), {"a"}, true) == "[]");
  Verdict zeros;
  zeros.nodes = {Scored(0, 0)};
  CHECK(Priorities(zeros, {"a"}, true) == "[]");
}

TEST_CASE("a JSON text of ours reads back as what went in", "[replies]") {
  std::string all;
  for (int c = 0; c < 128; ++c) all.push_back(static_cast<char>(c));
  for (const std::string& text :
       {std::string(), std::string("plain"), std::string("\"\\\n\x01"), all, std::string("\xC3\xA9\xE2\x82\xAC")}) {
    std::string out;
    AppendJsonText(text, &out);
    CHECK(json::parse(out).get<std::string>() == text);
  }
}

TEST_CASE("a host that needs escapes is escaped", "[replies]") {
  Verdict verdict;
  verdict.nodes = {Scored(0, 10)};
  const json reply = json::parse(Priorities(verdict, {"a\"b\\"}, false));
  CHECK(reply[0]["Host"] == "a\"b\\");
}
