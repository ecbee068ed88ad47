#include "kube/http_collection.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <thread>

#include "common/status.h"
#include "kube/retry_after.h"
#include "tests/unit/kube/fake_api_server.h"

using namespace locus;
using namespace locus::kube;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const SystemClock kClock;

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <typename T>
std::unique_ptr<HttpCollection<T>> Of(const FakeApiServer& server, HttpCollectionOptions options = {}) {
  return std::make_unique<HttpCollection<T>>(Credentials::FromKubeconfig(server.Kubeconfig("{token: t}")), options,
                                             kClock);
}

// The pages of one list, by the names of their objects.
struct Listed {
  template <typename T>
  explicit Listed(HttpCollection<T>& collection) {
    outcome = collection.List([this](const std::vector<T>& page) {
      std::string names;
      for (const T& object : page) names += (names.empty() ? "" : " ") + object.name;
      pages.push_back(names);
    });
  }
  std::vector<std::string> pages;
  absl::StatusOr<std::string> outcome;
};

// One watch: "+name" and "-name" for events, "." whenever the server is heard.
struct Watched {
  explicit Watched(HttpCollection<Pod>& pods, std::string from = "100") : version(std::move(from)) {
    outcome = pods.Watch(
        &version, [this](const WatchEvent<Pod>& event) { told += (event.present ? "+" : "-") + event.object.name; },
        [this] { told += "."; });
  }
  explicit Watched(const FakeApiServer& server) : Watched(*Of<Pod>(server)) {}
  std::string version;
  std::string told;
  absl::Status outcome;
};

std::string PodAt(const std::string& name, const std::string& version) {
  return R"({"kind":"Pod","metadata":{"name":")" + name + R"(","namespace":"n","resourceVersion":")" + version +
         R"("}})";
}

std::string Bookmark(const std::string& version) {
  return FrameJson("BOOKMARK", R"({"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":")" + version +
                                   R"(","creationTimestamp":null},"spec":{"containers":null},"status":{}})");
}

FakeApiServer::Handler Playing(std::vector<std::string> chunks, Ending ending = Ending::kEnd) {
  return [=](const httplib::Request&, httplib::Response& response) { Play(response, chunks, ending); };
}

FakeApiServer::Handler Fixed(std::string body, int status = 200) {
  return [=](const httplib::Request&, httplib::Response& response) { Answer(response, body, status); };
}

}  // namespace

TEST_CASE("a list hands its pages over one by one, and ends with its version", "[kube]") {
  const FakeApiServer server([](const httplib::Request& request, httplib::Response& response) {
    if (!request.has_param("continue"))
      return Answer(response, PodListJson({PodJson("a", "n", "10.0.0.1")}, "to/ken="));
    Answer(response, PodListJson({PodJson("b", "n", "10.0.0.2"), PodJson("c", "n", "10.0.0.3")}));
  });
  HttpCollectionOptions options;
  options.page_size = 2;
  options.label_selector = "app in (a,b)";
  options.field_selector = "spec.schedulerName=locus";
  const Listed listed(*Of<Pod>(server, options));
  REQUIRE(listed.outcome.ok());
  CHECK(*listed.outcome == "7");
  CHECK(listed.pages == std::vector<std::string>{"a", "b c"});

  const std::vector<Seen> seen = server.seen();
  REQUIRE(seen.size() == 2);
  httplib::Params query{
      {"limit", "2"}, {"labelSelector", "app in (a,b)"}, {"fieldSelector", "spec.schedulerName=locus"}};
  CHECK(seen[0].path == "/api/v1/pods");
  CHECK(seen[0].query == query);
  query.emplace("continue", "to/ken=");
  CHECK(seen[1].query == query);
  for (const Seen& call : seen) CHECK(call.accept_encoding == "gzip");
}

TEST_CASE("a list whose pages have expired is to be listed anew", "[kube]") {
  const FakeApiServer server([](const httplib::Request& request, httplib::Response& response) {
    if (request.has_param("continue")) return Answer(response, StatusJson(410, "too old"), 410);
    Answer(response, NodeListJson({NodeJson("a", "10.0.0.1")}, "next"));
  });
  const Listed listed(*Of<Node>(server));
  CHECK(listed.outcome.status().code() == absl::StatusCode::kOutOfRange);
  CHECK(listed.pages == std::vector<std::string>{"a"});
  CHECK(server.seen()[0].path == "/api/v1/nodes");
}

TEST_CASE("a list without end, or without a version, is given up", "[kube]") {
  HttpCollectionOptions options;
  options.max_items = 10;
  const FakeApiServer endless(Fixed(NodeListJson({NodeJson("n", "10.0.0.1")}, "next")));
  const Listed items(*Of<Node>(endless, options));
  CHECK(items.outcome.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(items.pages.size() == 10);
  const FakeApiServer empty(Fixed(NodeListJson({}, "next")));
  options.max_empty_pages = 5;
  CHECK(Listed(*Of<Node>(empty, options)).outcome.status().code() == absl::StatusCode::kUnavailable);
  CHECK(empty.seen().size() == 6);
  const FakeApiServer strange(Fixed(R"({"kind":"NodeList","items":[]})"));
  CHECK(Listed(*Of<Node>(strange)).outcome.status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("an empty page before the last one is no end", "[kube]") {
  const FakeApiServer server([](const httplib::Request& request, httplib::Response& response) {
    if (!request.has_param("continue")) return Answer(response, NodeListJson({}, "next"));
    Answer(response, NodeListJson({NodeJson("a", "10.0.0.1")}));
  });
  const Listed listed(*Of<Node>(server));
  CHECK(listed.outcome.ok());
  CHECK(listed.pages == std::vector<std::string>{"", "a"});
}

TEST_CASE("a watch tells events, and moves its version along", "[kube]") {
  const std::string first = FrameJson("ADDED", PodAt("a", "101"));
  const FakeApiServer server(Playing({first.substr(0, 9), first.substr(9) + FrameJson("MODIFIED", PodAt("a", "102")),
                                      FrameJson("DELETED", PodAt("a", "103")) + Bookmark("110")}));
  HttpCollectionOptions options;
  options.watch_for = minutes(5);
  options.label_selector = "app=x";
  const Watched watched(*Of<Pod>(server, options), "1/00");
  CHECK(watched.outcome.ok());
  CHECK(watched.told == ".+a.+a.-a..");
  CHECK(watched.version == "110");
  httplib::Params query = server.seen()[0].query;
  const int timeout = std::stoi(query.find("timeoutSeconds")->second);
  CHECK(timeout >= 300);
  CHECK(timeout <= 600);
  query.erase("timeoutSeconds");
  CHECK(query ==
        httplib::Params{
            {"watch", "1"}, {"allowWatchBookmarks", "true"}, {"resourceVersion", "1/00"}, {"labelSelector", "app=x"}});
}

TEST_CASE("watches end at different times", "[kube]") {
  const FakeApiServer server(Playing({}));
  const auto pods = Of<Pod>(server);
  for (int i = 0; i < 8; ++i) Watched{*pods};
  std::set<std::string> timeouts;
  for (const Seen& call : server.seen()) timeouts.insert(call.query.find("timeoutSeconds")->second);
  CHECK(timeouts.size() > 1);
}

TEST_CASE("a version that is too old is told in each of its two forms", "[kube]") {
  const FakeApiServer status(Fixed(StatusJson(410, "too old resource version"), 410));
  const Watched refused(status);
  CHECK(refused.outcome.code() == absl::StatusCode::kOutOfRange);
  CHECK(refused.told.empty());
  // As kube-apiserver 1.36 sends it after a 200.
  const FakeApiServer frame(Playing(
      {FrameJson("ADDED", PodAt("a", "101")) + FrameJson("ERROR", StatusJson(410, "The resourceVersion is too old")),
       FrameJson("ADDED", PodAt("b", "102"))},
      Ending::kSilence));
  const Watched told(frame);
  CHECK(told.outcome.code() == absl::StatusCode::kOutOfRange);
  CHECK(Has(MessageOf(told.outcome), "answered 410 (The resourceVersion is too old)"));
  CHECK(told.told == ".+a.");
  CHECK(told.version == "101");
  const FakeApiServer other(Playing({FrameJson("ERROR", StatusJson(500, "etcd"))}));
  CHECK(Watched(other).outcome.code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("a server that breaks off, or talks nonsense, ends a watch with what was reached", "[kube]") {
  const std::string frame = FrameJson("ADDED", PodAt("a", "101"));
  const FakeApiServer broken(Playing({frame + frame.substr(0, 20)}, Ending::kBreakOff));
  const Watched cut(broken);
  CHECK(cut.outcome.code() == absl::StatusCode::kUnavailable);
  CHECK(cut.version == "101");
  for (const std::string& nonsense : {std::string("<html>\n"), FrameJson("SYNCED", PodAt("b", "102")),
                                      FrameJson("ADDED", R"({"metadata":{"name":"b"}})")}) {
    const FakeApiServer server(Playing({frame + nonsense}, Ending::kSilence));
    const Watched watched(server);
    CHECK(watched.outcome.code() == absl::StatusCode::kInvalidArgument);
    CHECK(watched.told == ".+a.");
    CHECK(watched.version == "101");
  }
}

TEST_CASE("a silent watch ends", "[kube]") {
  const FakeApiServer server(Playing({Bookmark("101")}, Ending::kSilence));
  HttpCollectionOptions options;
  options.silent_after = milliseconds(200);
  const Watched watched(*Of<Pod>(server, options));
  CHECK(watched.outcome.code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(watched.version == "101");
}

TEST_CASE("Stop ends a watch at once", "[kube]") {
  const FakeApiServer server(Playing({Bookmark("101")}, Ending::kSilence));
  const auto pods = Of<Pod>(server);
  std::atomic<bool> heard{false};
  std::thread stopper([&] {
    while (!heard) std::this_thread::yield();
    pods->Stop();
  });
  std::string version = "100";
  const SteadyTime start = kClock.Now();
  CHECK(pods->Watch(
                &version, [](const WatchEvent<Pod>&) {}, [&] { heard = true; })
            .code() == absl::StatusCode::kCancelled);
  CHECK(kClock.Now() - start < seconds(60));
  stopper.join();
  CHECK(Listed(*pods).outcome.status().code() == absl::StatusCode::kCancelled);
}

TEST_CASE("a token that was replaced is used from the next list or watch on", "[kube]") {
  std::atomic<bool> first_is_known{true};
  const FakeApiServer server([&](const httplib::Request& request, httplib::Response& response) {
    if (request.get_header_value("Authorization") == "Bearer first" && !first_is_known) {
      return Answer(response, StatusJson(401, "Unauthorized"), 401);
    }
    if (request.has_param("watch")) return Play(response, {Bookmark("101")}, Ending::kEnd);
    Answer(response, PodListJson({}));
  });
  WriteFile(TestFolder() + "/replaced", "first\n");
  HttpCollection<Pod> pods(Credentials::FromKubeconfig(server.Kubeconfig("{tokenFile: replaced}")), {}, kClock);
  CHECK(Listed(pods).outcome.ok());
  first_is_known = false;
  const absl::Status unknown = Watched(pods).outcome;
  CHECK(unknown.code() == absl::StatusCode::kUnauthenticated);
  CHECK(Has(MessageOf(unknown), "check token and client certificate"));
  WriteFile(TestFolder() + "/replaced", "second\n");
  CHECK(Watched(pods).outcome.ok());
  CHECK(Listed(pods).outcome.ok());
  CHECK(server.seen().back().authorization == "Bearer second");
}

TEST_CASE("a server that is too busy says when to ask again", "[kube]") {
  const FakeApiServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_header("Retry-After", "4");
    Answer(response, StatusJson(429, "Too many requests"), 429);
  });
  const auto pods = Of<Pod>(server);
  for (const absl::Status& status : {Listed(*pods).outcome.status(), Watched(*pods).outcome}) {
    CHECK(status.code() == absl::StatusCode::kUnavailable);
    CHECK(RetryAfterOf(status) == seconds(4));
  }
  const FakeApiServer silent(Fixed(StatusJson(429, "Too many requests"), 429));
  CHECK_FALSE(RetryAfterOf(Watched(silent).outcome).has_value());
}

TEST_CASE("who may not watch is told which right is missing", "[kube]") {
  const FakeApiServer server(Fixed(StatusJson(403, "pods is forbidden"), 403));
  const absl::Status status = Watched(server).outcome;
  CHECK(status.code() == absl::StatusCode::kPermissionDenied);
  CHECK(Has(MessageOf(status), "bind a ClusterRole with `list` and `watch` on `pods` to this user"));
}
