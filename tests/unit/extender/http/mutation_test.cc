// Seeded mutations of valid calls: whatever arrives, the reply is what the contract knows.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "common/testing/fake_clock.h"
#include "extender/cluster/no_cluster.h"
#include "extender/http/verbs.h"
#include "tests/unit/extender/fake_locality.h"

using namespace locus;
using namespace locus::extender;
using nlohmann::json;

namespace {

constexpr int kMutations = 20'000;

const char* const kSeeds[] = {
    R"({"Pod":{"metadata":{"name":"p","namespace":"ns","annotations":{"locus.dev/inputs":"/x,alluxio:///y/{a,b}","locus.dev/share":"1GiB"}},"spec":{"containers":[{"name":"c","resources":{}}]}},"Nodes":null,"NodeNames":["a","b","c\u0064"]})",
    R"({"nodenames":[ "a" , "\ud83d\ude00" , "b" ],"pod":{"metadata":{"labels":{"spark-app-selector":"s"},"annotations":{"locus.dev\/inputs":"\/x"}}}})",
    R"({"Pod":{"metadata":{"name":"p"}},"Nodes":{"items":[{"metadata":{"name":"a"}}]},"NodeNames":null})",
    R"({"Pod":{},"NodeNames":[]})",
};

// Pieces that parsers stumble over.
const std::string kPieces[] = {"\"",
                               "\\",
                               "\\u",
                               "\\ud800",
                               "{",
                               "}",
                               "[",
                               "]",
                               ",",
                               ":",
                               "null",
                               "true",
                               "1e999",
                               "-",
                               "\x00",
                               "\xFF",
                               "\xC3",
                               "\n",
                               "\"NodeNames\":",
                               "\"Pod\":",
                               "[[[[",
                               "\"locus.dev/inputs\":"};

std::string Mutate(std::string text, std::mt19937& random) {
  const auto at = [&random](size_t size) { return size == 0 ? 0 : random() % size; };
  for (unsigned times = 1 + random() % 4; times > 0; --times) {
    switch (random() % 6) {
      case 0:  // flip a bit
        if (!text.empty()) text[at(text.size())] ^= static_cast<char>(1 << random() % 8);
        break;
      case 1:  // cut out
        text.erase(at(text.size()), random() % 8);
        break;
      case 2:  // put in
        text.insert(at(text.size() + 1), kPieces[random() % std::size(kPieces)]);
        break;
      case 3:  // cut off
        text.resize(at(text.size() + 1));
        break;
      case 4:  // repeat a piece
        if (!text.empty()) text.insert(at(text.size()), text.substr(at(text.size()), random() % 20));
        break;
      default: {  // go on with another seed
        const std::string other = kSeeds[random() % std::size(kSeeds)];
        text = text.substr(0, at(text.size() + 1)) + other.substr(at(other.size() + 1));
      }
    }
  }
  return text;
}

void CheckFilterReply(const std::string& reply) {
  const json parsed = json::parse(reply);
  REQUIRE(parsed.is_object());
  REQUIRE(parsed.size() == 5);
  REQUIRE(parsed["Error"].is_string());
  REQUIRE(parsed["FailedNodes"].empty());
  // Either the names or a reason why not.
  REQUIRE(parsed["NodeNames"].is_array() == parsed["Error"].get<std::string>().empty());
}

void CheckPrioritizeReply(const std::string& reply) {
  const json parsed = json::parse(reply);
  REQUIRE(parsed.is_array());
  for (const json& host : parsed) {
    REQUIRE(host["Host"].is_string());
    REQUIRE(host["Score"].is_number_integer());
    REQUIRE((host["Score"] >= 1 && host["Score"] <= 10));
  }
}

}  // namespace

TEST_CASE("mutated calls always get a reply that the scheduler can read", "[mutation]") {
  FakeClock clock;
  Metrics metrics;
  const CallMetrics call_metrics(metrics);
  FakeLocality locality;
  locality.Put(Known("/x", 1ULL << 30, {{"a", 1ULL << 30}, {"cd", 1ULL << 28}}));
  DecisionRing ring(100);
  NoCluster cluster;
  NoRefusals refusals;
  NoListener listener;
  Verbs verbs({}, {locality, cluster, refusals, ring, listener, call_metrics, clock});
  std::mt19937 random(20260101);
  int passed = 0, scored = 0;
  for (int i = 0; i < kMutations; ++i) {
    const std::string body = i < 4 ? kSeeds[i] : Mutate(kSeeds[random() % std::size(kSeeds)], random);
    INFO("mutation " << i << ": " << body);
    const std::string filter = verbs.Filter(body);
    const std::string prioritize = verbs.Prioritize(body);
    CheckFilterReply(filter);
    CheckPrioritizeReply(prioritize);
    passed += filter.find(R"("Error":"")") != std::string::npos ? 1 : 0;
    scored += prioritize != "[]" ? 1 : 0;
  }
  // The mutations reach both sides: most are refused, and enough get through to be scored.
  CHECK(passed > kMutations / 20);
  CHECK(passed < kMutations);
  CHECK(scored > kMutations / 200);
}
