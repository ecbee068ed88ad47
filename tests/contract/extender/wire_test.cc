// What kube-scheduler's HTTP client relies on.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/contract/extender/extender_server.h"
#include "tests/contract/extender/http_client.h"

using namespace locus;
using namespace locus::extender;
using nlohmann::json;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;
const std::string kInput = R"("locus.dev/inputs":"/x")";

std::vector<std::string> Nodes(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back("node-" + std::to_string(i) + ".example.com");
  return names;
}

}  // namespace

TEST_CASE("both verbs answer under both prefixes", "[wire]") {
  ExtenderServer server;
  REQUIRE(server.ok());
  server.locality().Put(Known("/x", kGiB, {{"a", kGiB}}));
  HttpClient client(server.port());
  for (const char* prefix : {"", "/v1"}) {
    const auto filter = client.Post(std::string(prefix) + "/filter", Args(kInput, {"a", "b"}));
    REQUIRE(filter);
    CHECK(filter.status == 200);
    CHECK(filter.body ==
          R"({"Nodes":null,"NodeNames":["a","b"],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
    const auto prioritize = client.Post(std::string(prefix) + "/prioritize", Args(kInput, {"a", "b"}));
    REQUIRE(prioritize);
    CHECK(prioritize.status == 200);
    CHECK(prioritize.body == R"([{"Host":"a","Score":10}])");
  }
}

TEST_CASE("one connection carries every call, each answer with its length and uncompressed", "[wire]") {
  ExtenderServer server;
  server.locality().Put(Known("/x", kGiB, {{"node-1.example.com", kGiB}}));
  HttpClient client(server.port());
  const std::string body = Args(kInput, Nodes(1000));
  for (int i = 0; i < 200; ++i) {
    const auto reply = client.Post(i % 2 == 0 ? "/filter" : "/prioritize", body);
    REQUIRE(reply);
    REQUIRE(reply.status == 200);
    REQUIRE(reply.headers.count("content-length") == 1);
    REQUIRE(reply.headers.count("transfer-encoding") == 0);
    REQUIRE(reply.headers.count("content-encoding") == 0);
    REQUIRE_NOTHROW(json::parse(reply.body));
  }
}

TEST_CASE("a wrong path is 404 and a wrong method 405", "[wire]") {
  ExtenderServer server;
  HttpClient client(server.port());
  for (const char* path : {"/web", "/filters", "/v2/filter", "/filter/x"}) {
    INFO(path);
    const auto reply = client.Post(path, "{}");
    REQUIRE(reply);
    CHECK(reply.status == 404);
  }
  for (const char* path : {"/filter", "/v1/prioritize"}) {
    for (const char* method : {"GET", "PUT", "DELETE"}) {
      const auto reply = client.Call(method, path);
      REQUIRE(reply);
      CHECK(reply.status == 405);
      CHECK(reply.headers.at("allow") == "POST");
    }
  }
}

TEST_CASE("what cannot be used is 200 with a clear Error, or no scores", "[wire]") {
  ExtenderServer server;
  HttpClient client(server.port());
  const std::pair<std::string, std::string> cases[] = {
      {"", "no JSON object"},
      {"{", "no JSON object"},
      {"[]", "no JSON object"},
      {R"({"NodeNames":["a"]})", "Pod is missing"},
      {R"({"Pod":null,"NodeNames":["a"]})", "Pod is missing"},
      {R"({"Pod":{},"Nodes":null,"NodeNames":null})", "nodeCacheCapable: true"},
      {R"({"Pod":{},"Nodes":{"items":[]},"NodeNames":null})", "nodeCacheCapable: true"},
      {R"({"Pod":{},"NodeNames":{"a":1}})", "NodeNames must be a list"},
      {R"({"Pod":{},"NodeNames":["a",1]})", "NodeNames must hold only texts"},
      {"{\"Pod\":{},\"NodeNames\":[\"\xFF\"]}", "not UTF-8"},
  };
  for (const auto& [body, text] : cases) {
    INFO(body);
    const auto filter = client.Post("/filter", body);
    REQUIRE(filter);
    CHECK(filter.status == 200);
    CHECK(json::parse(filter.body)["Error"].get<std::string>().find(text) != std::string::npos);
    const auto prioritize = client.Post("/prioritize", body);
    REQUIRE(prioritize);
    CHECK(prioritize.status == 200);
    CHECK(prioritize.body == "[]");
  }
  const auto metrics = client.Get("/metrics");
  REQUIRE(metrics);
  CHECK(metrics.body.find(R"(locus_extender_bad_requests_total{reason="not_utf8",verb="filter"} 1)") !=
        std::string::npos);
}

TEST_CASE("an empty list of names is answered with an empty list", "[wire]") {
  ExtenderServer server;
  HttpClient client(server.port());
  CHECK(json::parse(client.Post("/filter", Args(kInput, {})).body)["NodeNames"] == json::array());
  CHECK(client.Post("/prioritize", Args(kInput, {})).body == "[]");
}

TEST_CASE("fifteen thousand names pass unchanged and in order", "[wire]") {
  ExtenderServer server;
  const std::vector<std::string> names = Nodes(15000);
  server.locality().Put(Known("/x", kGiB, {{names[14999], kGiB}}));
  HttpClient client(server.port());
  const auto filter = client.Post("/filter", Args(kInput, names));
  REQUIRE(filter);
  CHECK(json::parse(filter.body)["NodeNames"].get<std::vector<std::string>>() == names);
  const json scores = json::parse(client.Post("/prioritize", Args(kInput, names)).body);
  CHECK(scores == json{{{"Host", names[14999]}, {"Score", 10}}});
}

TEST_CASE("a million names are answered", "[wire]") {
  HttpServerOptions options;
  // The instrumented builds take their time.
  options.io_timeout = std::chrono::seconds(60);
  ExtenderServer server(options);
  std::vector<std::string> names;
  for (int i = 0; i < 1'000'000; ++i) names.push_back("n" + std::to_string(i));
  server.locality().Put(Known("/x", kGiB, {{"n999999", kGiB}}));
  HttpClient client(server.port());
  const std::string body = Args(kInput, names);
  REQUIRE(body.size() < (16 << 20));
  const auto filter = client.Post("/filter", body);
  REQUIRE(filter);
  CHECK(json::parse(filter.body)["NodeNames"].size() == 1'000'000);
  CHECK(client.Post("/prioritize", body).body == R"([{"Host":"n999999","Score":10}])");
}

TEST_CASE("a body over the bound is 413 and the server goes on", "[wire]") {
  HttpServerOptions options;
  options.max_body_bytes = 64 << 10;
  ExtenderServer server(options);
  {
    HttpClient client(server.port());
    const auto reply = client.Post("/filter", std::string(100 << 10, ' '));
    REQUIRE(reply);
    CHECK(reply.status == 413);
  }
  HttpClient client(server.port());
  CHECK(client.Post("/filter", Args(kInput, {"a"})).status == 200);
}

TEST_CASE("a client that stops in the middle of a body is dropped, others are served meanwhile", "[wire]") {
  HttpServerOptions options;
  options.io_timeout = std::chrono::milliseconds(300);
  ExtenderServer server(options);
  HttpClient slow(server.port());
  REQUIRE(slow.Send("POST /filter HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"Pod\":"));
  HttpClient quick(server.port());
  CHECK(quick.Post("/filter", Args(kInput, {"a"})).status == 200);
  const auto reply = slow.Receive();
  CHECK((!reply || reply.status >= 400));
}

TEST_CASE("more connections than threads are all served in the end", "[wire]") {
  HttpServerOptions options;
  options.threads = 2;
  options.idle_timeout = std::chrono::milliseconds(200);
  ExtenderServer server(options);
  std::vector<std::thread> callers;
  std::atomic<int> served{0};
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&] {
      // Each stays open after its call, as a scheduler's connection does.
      HttpClient client(server.port());
      const auto reply = client.Post("/prioritize", Args(kInput, {"a", "b"}));
      if (reply && reply.status == 200) ++served;
      client.Receive();
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(served == 6);
}

TEST_CASE("calls side by side do not mix", "[wire]") {
  ExtenderServer server;
  for (int t = 0; t < 4; ++t) {
    const std::string n = std::to_string(t);
    server.locality().Put(Known("/in" + n, kGiB, {{"node-" + n + ".example.com", kGiB}}));
  }
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&server, &right, n = std::to_string(t)] {
      HttpClient client(server.port());
      const std::string body = Args(R"("locus.dev/inputs":"/in)" + n + "\"", Nodes(300), "pod-" + n);
      for (int i = 0; i < 50; ++i) {
        const auto reply = client.Post("/prioritize", body);
        if (reply && reply.body == R"([{"Host":"node-)" + n + R"(.example.com","Score":10}])") ++right;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(right == 200);
  for (int t = 0; t < 4; ++t) CHECK(server.ring().OfPod("ns", "pod-" + std::to_string(t)).size() == 50);
}
