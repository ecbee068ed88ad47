// The JSON pages and the operator's paths.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "common/access.h"
#include "tests/contract/extender/extender_server.h"
#include "tests/contract/extender/http_client.h"

using namespace locus;
using namespace locus::extender;
using nlohmann::json;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;
const std::string kInput = R"("locus.dev/inputs":"/x")";

}  // namespace

TEST_CASE("a pod's decisions are explained, newest first", "[pages]") {
  ExtenderServer server;
  server.locality().Put(Known("/x", kGiB, {{"a", kGiB}}));
  HttpClient client(server.port());
  client.Post("/filter", Args(kInput, {"a", "b"}, "exec-1"));
  client.Post("/prioritize", Args(kInput, {"a", "b"}, "exec-1"));
  const auto reply = client.Get("/v1/explain/ns/exec-1");
  REQUIRE(reply);
  CHECK(reply.status == 200);
  const json page = json::parse(reply.body);
  CHECK(page["pod"] == json{{"namespace", "ns"}, {"name", "exec-1"}});
  REQUIRE(page["decisions"].size() == 2);
  CHECK(page["decisions"][0]["call"] == "prioritize");
  CHECK(page["decisions"][0]["outcome"] == "scored");
  CHECK(page["decisions"][0]["application"] == "app");
  CHECK(page["decisions"][1]["call"] == "filter");
  CHECK(page["decisions"][1]["outcome"] == "passed");
}

TEST_CASE("a pod without a decision is 404 with the start of the extender", "[pages]") {
  ExtenderServer server;
  HttpClient client(server.port());
  client.Post("/prioritize", Args("", {"a", "b"}, "foreign"));
  const auto reply = client.Get("/v1/explain/ns/foreign");
  REQUIRE(reply);
  CHECK(reply.status == 404);
  const json page = json::parse(reply.body);
  CHECK(page["error"] == "no decision about pod foreign in namespace ns is on record");
  CHECK(page["started"].get<std::string>().size() == std::string("2026-01-01T00:00:00.000Z").size());
}

TEST_CASE("an incomplete explain path is told", "[pages]") {
  ExtenderServer server;
  HttpClient client(server.port());
  for (const char* path : {"/v1/explain/", "/v1/explain/ns", "/v1/explain/ns/", "/v1/explain//pod"}) {
    const auto reply = client.Get(path);
    REQUIRE(reply);
    CHECK(reply.status == 400);
    CHECK_NOTHROW(json::parse(reply.body));
  }
}

TEST_CASE("the latest decisions are listed up to a limit", "[pages]") {
  ExtenderServer server;
  HttpClient client(server.port());
  for (int i = 0; i < 60; ++i) client.Post("/prioritize", Args(kInput, {"a", "b"}, "p" + std::to_string(i)));
  CHECK(json::parse(client.Get("/v1/decisions").body)["decisions"].size() == 50);
  const json two = json::parse(client.Get("/v1/decisions?limit=2").body)["decisions"];
  REQUIRE(two.size() == 2);
  CHECK(two[0]["pod"]["name"] == "p59");
  CHECK(json::parse(client.Get("/v1/decisions?limit=4000000000").body)["decisions"].size() == 60);
  for (const char* bad : {"0", "-1", "x", "1x", "99999999999999"}) {
    CHECK(client.Get(std::string("/v1/decisions?limit=") + bad).status == 400);
  }
}

TEST_CASE("locality is shown as the extender knows it", "[pages]") {
  ExtenderServer server;
  server.locality().Put(Known("alluxio:///x/y", kGiB, {{"a", kGiB / 2, kGiB / 4}}));
  HttpClient client(server.port());
  const auto reply = client.Get("/v1/locality?input=alluxio%3A%2F%2F%2Fx%2Fy");
  REQUIRE(reply);
  CHECK(reply.status == 200);
  const json page = json::parse(reply.body);
  REQUIRE(page["inputs"].size() == 1);
  const json& input = page["inputs"][0];
  CHECK(input["input"] == "alluxio:///x/y");
  CHECK(input["state"] == "KNOWN");
  CHECK(input["length_bytes"] == "1073741824");
  CHECK(input["holders"][0]["node"] == "a");
  CHECK(input["holders"][0]["tiers"][0] == json{{"tier", "TIER_MEM"}, {"bytes", "536870912"}});
  CHECK(client.Get("/v1/locality").status == 400);
  CHECK(client.Get("/v1/locality?input=relative").status == 400);
}

TEST_CASE("the extender is ready without metadata and says so", "[pages]") {
  ExtenderServer server;
  server.locality().SetNews({});
  HttpClient client(server.port());
  const auto away = client.Get("/readyz");
  REQUIRE(away);
  CHECK(away.status == 200);
  CHECK(away.body == "ok; metadata: away, nothing heard yet\n");
  LocalityNews news;
  news.connected = news.heard = true;
  news.age = std::chrono::milliseconds(250);
  server.locality().SetNews(news);
  CHECK(client.Get("/readyz").body == "ok; metadata: connected, last heard 250ms ago\n");
}

TEST_CASE("the overview tells how decisions have ended and since when", "[pages]") {
  ExtenderServer server;
  server.locality().Put(Known("/x", kGiB, {{"a", kGiB}}));
  LocalityNews news;
  news.connected = news.heard = true;
  news.age = std::chrono::milliseconds(250);
  news.epoch = 42;
  server.locality().SetNews(news);
  HttpClient client(server.port());
  client.Post("/prioritize", Args(kInput, {"a", "b"}, "p1"));
  client.Post("/prioritize", Args(kInput, {"a", "b"}, "p2"));
  client.Post("/filter", Args(kInput, {"a", "b"}, "p2"));
  client.Post("/prioritize", Args("", {"a", "b"}, "foreign"));
  const json page = json::parse(client.Get("/v1/overview").body);
  CHECK(page["version"] == "0.1.0");
  CHECK(page["metadata"]["connected"] == true);
  CHECK(page["metadata"]["age_ms"] == 250);
  CHECK(page["metadata"]["epoch"] == 42);
  CHECK(page["cluster"]["asked"] == false);
  REQUIRE(page["decisions"].size() == 2);
  CHECK(page["decisions"][0]["outcome"] == "scored");
  CHECK(page["decisions"][0]["count"] == 2);
  CHECK(page["decisions"][1]["outcome"] == "passed");
  CHECK(page["decisions"][1]["count"] == 1);
  CHECK(page["degraded"].empty());
}

TEST_CASE("the overview names what is degraded", "[pages]") {
  ExtenderServer server;
  server.locality().SetNews({});
  ClusterCondition cluster;
  cluster.asked = cluster.synced = true;
  server.SetClusterCondition(cluster);
  HttpClient client(server.port());
  const json page = json::parse(client.Get("/v1/overview").body);
  CHECK(page["metadata"]["age_ms"].is_null());
  REQUIRE(page["degraded"].size() == 2);
  CHECK(page["degraded"][0]["part"] == "metadata");
  CHECK(page["degraded"][0]["reason"] == "metadata_away");
  CHECK(page["degraded"][0]["since"] == page["started"]);
  CHECK(page["degraded"][1]["part"] == "gate");
  CHECK(page["degraded"][1]["since"].is_null());
}

TEST_CASE("inputs are shown as they lie, by name, without being asked for", "[pages]") {
  ExtenderServer server;
  server.locality().Put(Known("/x/b", 4 * kGiB, {{"n2", kGiB, kGiB / 2}, {"n1", 0, 0, kGiB}}));
  server.locality().Put(Known("/x/a", kGiB, {{"n1", kGiB}, {"", kGiB / 4}}));
  server.locality().Put(In(InputState::kUnknown, "/x/c"));
  server.locality().Put(In(InputState::kPending, "/x/d"));
  server.locality().SetLoads({{"n1", 0.5}});
  HttpClient client(server.port());
  const auto reply = client.Get("/v1/inputs");
  REQUIRE(reply);
  CHECK(reply.headers.at("content-type") == "application/json");
  const json page = json::parse(reply.body);
  CHECK(page["followed"] == 4);
  CHECK(page["answered"] == 3);
  CHECK(page["nodes"] == json::parse(R"([{"node":"n1","load":0.5},{"node":"n2","load":null}])"));
  REQUIRE(page["inputs"].size() == 3);
  CHECK(page["inputs"][0]["input"] == "/x/a");
  CHECK(page["inputs"][0]["length_bytes"] == kGiB);
  CHECK(page["inputs"][0]["unmatched_bytes"] == kGiB / 4);
  const json& b = page["inputs"][1];
  CHECK(b["input"] == "/x/b");
  CHECK(b["state"] == "KNOWN");
  CHECK(b["cached_bytes"] == 2 * kGiB + kGiB / 2);
  const json held{{{"node", "n1"}, {"bytes", {{"MEM", 0}, {"SSD", 0}, {"HDD", kGiB}}}},
                  {{"node", "n2"}, {"bytes", {{"MEM", kGiB}, {"SSD", kGiB / 2}, {"HDD", 0}}}}};
  CHECK(b["nodes"] == held);
  CHECK(page["inputs"][2]["state"] == "UNKNOWN");
  CHECK(server.locality().questions() == 0);
}

TEST_CASE("the overview tells how local applications are", "[pages]") {
  ExtenderServer server;
  server.SetApplications({{"ns/app", 3, 300, 150, 240}});
  HttpClient client(server.port());
  CHECK(
      json::parse(client.Get("/v1/overview").body)["applications"] ==
      json::parse(R"([{"application":"ns/app","pods":3,"share_bytes":300,"best_local_bytes":240,"local_bytes":150}])"));
}

TEST_CASE("the files of the web page may load nothing else", "[pages]") {
  ExtenderServer server;
  HttpClient client(server.port());
  const std::map<std::string, std::pair<std::string, std::string>> files = {
      {"/", {"text/html; charset=utf-8", "<!doctype html>"}},
      {"/web/page.css", {"text/css; charset=utf-8", ":root {"}},
      {"/web/page.js", {"text/javascript; charset=utf-8", "fetch("}},
      {"/web/elements.js", {"text/javascript; charset=utf-8", "createElement("}}};
  for (const auto& [path, expected] : files) {
    INFO(path);
    HttpReply reply = client.Get(path);
    REQUIRE(reply.status == 200);
    CHECK(reply.headers["content-type"] == expected.first);
    CHECK(reply.body.find(expected.second) != std::string::npos);
    const std::string policy = "; " + reply.headers["content-security-policy"] + ";";
    for (const char* rule : {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                             "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"}) {
      INFO(rule);
      CHECK(policy.find("; " + std::string(rule) + ";") != std::string::npos);
    }
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(reply.headers["x-content-type-options"] == "nosniff");
    CHECK(reply.headers["cache-control"] == "no-cache");
    CHECK(client.Post(path, "").status == 405);
  }
  CHECK(client.Get("/web/").status == 404);
  CHECK(client.Get("/web/../v1/overview").status == 404);
}

TEST_CASE("who has no token sees the page and none of its data", "[pages]") {
  Metrics metrics;
  AccessOptions access;
  access.use = "listen";
  access.certificates = true;
  HttpServerOptions options;
  options.guard = GuardOf(std::make_shared<const Access>(access, metrics));
  ExtenderServer server(options);
  for (const char* open : {"/", "/web/page.css", "/web/page.js", "/web/elements.js"}) {
    CHECK(HttpClient(server.port()).Get(open).status == 200);
  }
  for (const char* closed : {"/v1/inputs", "/v1/overview", "/v1/decisions", "/v1/explain/ns/p", "/configz"}) {
    CHECK(HttpClient(server.port()).Get(closed).status == 401);
  }
}

TEST_CASE("the operator's paths answer", "[pages]") {
  ExtenderServer server;
  HttpClient client(server.port());
  CHECK(client.Get("/healthz").status == 200);
  CHECK(client.Get("/configz").body == R"({"listen":{}})");
  const std::string metrics = client.Get("/metrics").body;
  for (const char* name : {"locus_extender_call_duration_seconds_bucket", "locus_extender_decisions_total",
                           "locus_extender_degraded_total", "locus_extender_bad_requests_total",
                           "locus_extender_bad_annotations_total", "locus_extender_untouched_total"}) {
    INFO(name);
    CHECK(metrics.find(name) != std::string::npos);
  }
}
