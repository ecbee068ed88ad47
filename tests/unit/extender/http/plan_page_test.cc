#include "extender/http/plan_page.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/extender/fake_cluster.h"
#include "tests/unit/extender/fake_locality.h"

using namespace locus;
using namespace locus::extender;
using nlohmann::json;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;

struct Fixture {
  FakeLocality locality;
  FakeCluster cluster;

  HttpResponse Ask(const std::map<std::string, std::string>& query) {
    HttpRequest request;
    request.query = [&query](const std::string& key) {
      const auto found = query.find(key);
      return found == query.end() ? std::string() : found->second;
    };
    return PlanPage({locality, cluster, {}, Duration(0), std::chrono::seconds(10)}, request);
  }
};

}  // namespace

TEST_CASE("a plan tells where executors would go", "[plan_page]") {
  Fixture f;
  f.locality.Put(Known("/x", 4 * kGiB, {{"a", 3 * kGiB}, {"b", kGiB}}));
  f.cluster.room = {{"a", 8}, {"b", 8}, {"c", 8}};
  const HttpResponse answer = f.Ask({{"inputs", "/x"}, {"executors", "4"}});
  REQUIRE(answer.status == 200);
  const json plan = json::parse(answer.body);
  CHECK(plan["places"][0]["node"] == "a");
  CHECK(plan["places"][0]["executors"] == 3);
  CHECK(plan["places"][0]["taken_bytes"]["MEM"] == 3 * kGiB);
  CHECK(plan["local_bytes"] == 4 * kGiB);
  CHECK(plan["cluster_known"] == true);
  CHECK(plan["random_bytes"].is_number());
}

TEST_CASE("without a cluster a plan knows no room and no chance", "[plan_page]") {
  Fixture f;
  f.cluster.synced = false;
  f.locality.Put(Known("/x", 4 * kGiB, {{"a", 3 * kGiB}}));
  const json plan = json::parse(f.Ask({{"inputs", "/x"}, {"executors", "2"}}).body);
  CHECK(plan["cluster_known"] == false);
  CHECK(plan["random_bytes"].is_null());
}

TEST_CASE("a plan that is asked for in a wrong way says what to write", "[plan_page]") {
  Fixture f;
  const auto refused = [&f](const std::map<std::string, std::string>& query) {
    const HttpResponse answer = f.Ask(query);
    CHECK(answer.status == 400);
    return json::parse(answer.body)["error"].get<std::string>();
  };
  CHECK(refused({{"executors", "1"}}).find("inputs: name at least one") == 0);
  for (const char* executors : {"", "0", "-1", "many", "10001", "1e3"}) {
    CHECK(refused({{"inputs", "/x"}, {"executors", executors}}) == "executors: write 1 to 10000");
  }
  CHECK(refused({{"inputs", "/x"}, {"executors", "1"}, {"cpu", "two"}}) == "cpu: write 2 or 1500m");
  CHECK(refused({{"inputs", "/x"}, {"executors", "1"}, {"layout", "heap"}}).find("layout: ") == 0);
  CHECK_FALSE(refused({{"inputs", "/x"}, {"executors", "1"}, {"memory", "much"}}).empty());
}

TEST_CASE("a plan about data that is not known is put off", "[plan_page]") {
  Fixture f;
  CHECK(f.Ask({{"inputs", "/pending"}, {"executors", "1"}}).status == 503);
  f.locality.SetNews({});
  CHECK(f.Ask({{"inputs", "/x"}, {"executors", "1"}}).status == 503);
}
