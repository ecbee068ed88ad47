#include "kube/http_api.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/status.h"
#include "tests/unit/kube/fake_api_server.h"

using namespace locus;
using namespace locus::kube;
using std::chrono::seconds;

namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::unique_ptr<HttpApi> ApiOf(const std::string& kubeconfig, HttpApiOptions options = {}) {
  return std::make_unique<HttpApi>(Credentials::FromKubeconfig(kubeconfig), options);
}

// Always the same.
FakeApiServer::Handler Fixed(std::string body, int status = 200) {
  return [body, status](const httplib::Request&, httplib::Response& response) { Answer(response, body, status); };
}

absl::Status Listing(const FakeApiServer& server, HttpApiOptions options = {}) {
  return ApiOf(server.Kubeconfig("{token: t}"), options)->ListNodes().status();
}

}  // namespace

TEST_CASE("nodes and pods are listed page by page with the token of the kubeconfig", "[kube]") {
  FakeApiServer server([](const httplib::Request& request, httplib::Response& response) {
    const std::string next = request.get_param_value("continue");
    if (request.path == "/api/v1/pods") return Answer(response, PodListJson({PodJson("p", "n1", "10.1.0.1")}));
    if (next.empty()) return Answer(response, NodeListJson({NodeJson("n1", "10.0.0.1")}, "to/ken+=&"));
    return Answer(response, NodeListJson({NodeJson("n2", "10.0.0.2")}));
  });
  HttpApiOptions options;
  options.page_size = 1;
  const auto api = ApiOf(server.Kubeconfig("{token: secret}"), options);
  const auto nodes = api->ListNodes();
  REQUIRE(nodes.ok());
  REQUIRE(nodes->size() == 2);
  CHECK((*nodes)[0].name == "n1");
  CHECK((*nodes)[1].name == "n2");
  const auto pods = api->ListPods("app=alluxio,role in (worker)");
  REQUIRE(pods.ok());
  REQUIRE(pods->size() == 1);
  CHECK((*pods)[0].ips == std::vector<std::string>{"10.1.0.1"});

  const std::vector<Seen> seen = server.seen();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].query == httplib::Params{{"limit", "1"}});
  CHECK(seen[1].query == httplib::Params{{"limit", "1"}, {"continue", "to/ken+=&"}});
  CHECK(seen[2].query == httplib::Params{{"limit", "1"}, {"labelSelector", "app=alluxio,role in (worker)"}});
  for (const Seen& call : seen) CHECK(call.authorization == "Bearer secret");
}

TEST_CASE("a list whose pages have expired is started over", "[kube]") {
  std::atomic<int> calls{0};
  FakeApiServer server([&](const httplib::Request& request, httplib::Response& response) {
    const int call = ++calls;
    if (request.get_param_value("continue").empty()) {
      return Answer(response, NodeListJson({NodeJson("n" + std::to_string(call), "10.0.0.1")}, "next"));
    }
    if (call == 2) return Answer(response, StatusJson(410, "The provided continue parameter is too old"), 410);
    return Answer(response, NodeListJson({NodeJson("last", "10.0.0.2")}));
  });
  const auto nodes = ApiOf(server.Kubeconfig("{token: t}"))->ListNodes();
  REQUIRE(nodes.ok());
  REQUIRE(nodes->size() == 2);
  // Nothing of the first try is left.
  CHECK((*nodes)[0].name == "n3");
  CHECK((*nodes)[1].name == "last");
}

TEST_CASE("a list that always expires is given up", "[kube]") {
  FakeApiServer server([](const httplib::Request& request, httplib::Response& response) {
    if (request.get_param_value("continue").empty()) {
      return Answer(response, NodeListJson({NodeJson("n", "10.0.0.1")}, "next"));
    }
    return Answer(response, StatusJson(410, "too old"), 410);
  });
  const absl::Status status = Listing(server);
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(server.seen().size() == 8);
}

TEST_CASE("a list without end is given up", "[kube]") {
  HttpApiOptions options;
  options.max_items = 10;
  FakeApiServer endless(Fixed(NodeListJson({NodeJson("n", "10.0.0.1")}, "next")));
  CHECK(Listing(endless, options).code() == absl::StatusCode::kResourceExhausted);
  CHECK(endless.seen().size() == 11);
  FakeApiServer empty(Fixed(NodeListJson({}, "next")));
  CHECK(Listing(empty).code() == absl::StatusCode::kUnavailable);
  CHECK(empty.seen().size() == 1);
}

TEST_CASE("refusals say who refused, why, and what to do", "[kube]") {
  const auto refused = [](int code, const std::string& message) {
    FakeApiServer server(Fixed(StatusJson(code, message), code));
    return Listing(server);
  };
  const absl::Status unknown = refused(401, "Unauthorized");
  CHECK(unknown.code() == absl::StatusCode::kUnauthenticated);
  CHECK(Has(MessageOf(unknown), "the API server at https://127.0.0.1:"));
  CHECK(
      Has(MessageOf(unknown), "answered 401 (Unauthorized): it does not know us; check token and client certificate"));
  const absl::Status forbidden = refused(403, "nodes is forbidden: User x cannot list resource nodes");
  CHECK(forbidden.code() == absl::StatusCode::kPermissionDenied);
  CHECK(Has(MessageOf(forbidden),
            "answered 403 (nodes is forbidden: User x cannot list resource nodes): bind a "
            "ClusterRole with `list` on `nodes` and `pods` to this user"));
  CHECK(refused(400, "unable to parse requirement").code() == absl::StatusCode::kInvalidArgument);
  CHECK(refused(404, "").code() == absl::StatusCode::kNotFound);
  CHECK(refused(429, "too many requests").code() == absl::StatusCode::kUnavailable);
  CHECK(refused(500, "etcdserver: request timed out").code() == absl::StatusCode::kUnavailable);
  CHECK(refused(302, "").code() == absl::StatusCode::kUnavailable);
  FakeApiServer page(Fixed("<html>hello</html>"));
  CHECK(Listing(page).code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("an answer beyond the bound is not read to its end", "[kube]") {
  HttpApiOptions options;
  options.max_page_bytes = 64 << 10;
  std::atomic<size_t> sent{0};
  FakeApiServer server([&](const httplib::Request&, httplib::Response& response) {
    response.set_content_provider("application/json", [&](size_t, httplib::DataSink& sink) {
      const std::string blanks(16 << 10, ' ');
      sent += blanks.size();
      return sink.write(blanks.data(), blanks.size());
    });
  });
  const absl::Status status = Listing(server, options);
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  CHECK(Has(MessageOf(status), "answered with more than 64 KiB"));
}

TEST_CASE("a token that has changed is used from the next call on", "[kube]") {
  FakeApiServer server(Fixed(NodeListJson({})));
  WriteFile(TestFolder() + "/rotating", "first\n");
  const auto api = ApiOf(server.Kubeconfig("{tokenFile: rotating}"));
  REQUIRE(api->ListNodes().ok());
  WriteFile(TestFolder() + "/rotating", "second\n");
  REQUIRE(api->ListNodes().ok());
  CHECK(server.seen()[0].authorization == "Bearer first");
  CHECK(server.seen()[1].authorization == "Bearer second");
}

TEST_CASE("a client certificate lets us in where a server asks for one", "[kube]") {
  const Pair ours = MakePair("client");
  FakeApiServer server(Fixed(NodeListJson({NodeJson("n", "10.0.0.1")})), 0, ours.certificate);
  CHECK_FALSE(ApiOf(server.Kubeconfig("{token: t}"))->ListNodes().ok());
  CHECK(ApiOf(server.Kubeconfig("{client-certificate: client.crt, client-key: client.key}"))->ListNodes().ok());

  SECTION("and one that is none is told") {
    WriteFile(TestFolder() + "/junk", "no PEM");
    const absl::Status junk =
        ApiOf(server.Kubeconfig("{client-certificate: junk, client-key: client.key}"))->ListNodes().status();
    CHECK(junk.code() == absl::StatusCode::kFailedPrecondition);
    CHECK(Has(MessageOf(junk), "it has to be PEM"));
  }
}

TEST_CASE("a server whose certificate we do not trust gets nothing from us", "[kube]") {
  FakeApiServer server(Fixed(NodeListJson({})));
  const Pair other = MakePair("other");
  const std::string kubeconfig = server.Kubeconfig("{token: t}");
  const std::string trusting = ReadFile(kubeconfig);
  const auto with = [&](const std::string& was, const std::string& is) {
    std::string text = trusting;
    text.replace(text.find(was), was.size(), is);
    WriteFile(kubeconfig, text);
    return ApiOf(kubeconfig)->ListNodes().status();
  };
  const absl::Status untrusted = with("certificate-authority: server.crt", "certificate-authority: other.crt");
  CHECK(untrusted.code() == absl::StatusCode::kUnavailable);
  CHECK(Has(MessageOf(untrusted), "shows a certificate that we do not trust"));
  // Its certificate is for an address, and this is a name.
  CHECK(Has(MessageOf(with("127.0.0.1", "localhost")), "that we do not trust"));
  CHECK(server.seen().empty());
  CHECK(with("certificate-authority: server.crt", "insecure-skip-tls-verify: true").ok());
}

TEST_CASE("a token goes over TLS only", "[kube]") {
  httplib::Server plain;
  std::string authorization = "none came";
  plain.Get(".*", [&](const httplib::Request& request, httplib::Response& response) {
    authorization = request.get_header_value("Authorization");
    Answer(response, NodeListJson({}));
  });
  const int port = plain.bind_to_any_port("127.0.0.1");
  std::thread thread([&] { plain.listen_after_bind(); });
  while (!plain.is_running()) std::this_thread::yield();
  const std::string path = TestFolder() + "/plain";
  WriteFile(path,
            "current-context: c\nclusters: [{name: k, cluster: {server: 'http://127.0.0.1:" + std::to_string(port) +
                "'}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n");
  CHECK(ApiOf(path)->ListNodes().ok());
  plain.stop();
  thread.join();
  CHECK(authorization.empty());
}

TEST_CASE("a server that is gone is an error, and one that is back answers", "[kube]") {
  auto server = std::make_unique<FakeApiServer>(Fixed(NodeListJson({NodeJson("n", "10.0.0.1")})));
  const int port = server->port();
  const auto api = ApiOf(server->Kubeconfig("{token: t}"));
  REQUIRE(api->ListNodes().ok());
  server.reset();
  const absl::Status gone = api->ListNodes().status();
  CHECK(gone.code() == absl::StatusCode::kUnavailable);
  CHECK(Has(MessageOf(gone), "cannot reach the API server at https://127.0.0.1:" + std::to_string(port)));
  FakeApiServer back(Fixed(NodeListJson({NodeJson("n", "10.0.0.1")})), port);
  CHECK(api->ListNodes().ok());
}

TEST_CASE("a server that does not answer is given up after the deadline, and at once on Stop", "[kube]") {
  std::atomic<bool> over{false};
  std::atomic<int> calls{0};
  // Held open until the test is over, whatever the client does.
  FakeApiServer server([&](const httplib::Request&, httplib::Response& response) {
    ++calls;
    response.set_content_provider("application/json", [&](size_t, httplib::DataSink& sink) {
      if (over) sink.done();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return true;
    });
  });
  HttpApiOptions options;
  options.call_timeout = std::chrono::milliseconds(200);
  const absl::Status late = Listing(server, options);
  CHECK(late.code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(Has(MessageOf(late), "gave no whole answer within 200ms"));

  options.call_timeout = seconds(600);
  const auto api = ApiOf(server.Kubeconfig("{token: t}"), options);
  std::thread stopper([&] {
    while (calls < 2) std::this_thread::yield();
    api->Stop();
  });
  const auto start = std::chrono::steady_clock::now();
  CHECK(api->ListNodes().status().code() == absl::StatusCode::kCancelled);
  CHECK(std::chrono::steady_clock::now() - start < seconds(60));
  stopper.join();
  CHECK(api->ListNodes().status().code() == absl::StatusCode::kCancelled);
  over = true;
}
