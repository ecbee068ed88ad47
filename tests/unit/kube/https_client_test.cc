#include "kube/https_client.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <thread>

#include "common/clock_offset.h"
#include "common/metrics.h"
#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/kube/fake_api_server.h"

using namespace locus;
using namespace locus::kube;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Access AccessTo(const FakeApiServer& server) {
  Access access;
  access.server = server.url();
  access.authority_pem = ReadFile(MakePair("server").certificate);
  access.token = "t";
  return access;
}

HttpRequest To(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

FakeApiServer::Handler Playing(std::vector<std::string> chunks, Ending ending) {
  return [=](const httplib::Request&, httplib::Response& response) { Play(response, chunks, ending); };
}

// One stream, and what it told.
struct Told {
  explicit Told(const FakeApiServer& server, StreamLimits limits = {}) : Told(server, limits, SystemClock()) {}
  Told(const FakeApiServer& server, const StreamLimits& limits, const Clock& clock) {
    HttpsClient client("test");
    outcome = client.Stream(AccessTo(server), To("/stream"), limits, clock, Sink());
  }
  StreamSink Sink() {
    return {[this] { ++opened; },
            [this](std::string_view line) {
              lines.emplace_back(line);
              return line != "enough";
            }};
  }

  int opened = 0;
  std::vector<std::string> lines;
  absl::StatusOr<HttpAnswer> outcome;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a stream is told line by line however it is cut", "[kube]") {
  const FakeApiServer split(Playing({"on", "e\ntwo\n\nth", "r", "ee\n"}, Ending::kEnd));
  const Told told(split);
  REQUIRE(told.outcome.ok());
  CHECK(told.outcome->status == 200);
  CHECK(told.opened == 1);
  CHECK(told.lines == Lines{"one", "two", "three"});
  const FakeApiServer together(Playing({"one\ntwo\nthree\n"}, Ending::kEnd));
  CHECK(Told(together).lines == told.lines);
}

TEST_CASE("a line that was cut off is not told", "[kube]") {
  const FakeApiServer broken(Playing({"one\ntw"}, Ending::kBreakOff));
  const Told told(broken);
  CHECK(told.outcome.status().code() == absl::StatusCode::kUnavailable);
  CHECK(Has(MessageOf(told.outcome.status()), "broke off in mid-answer"));
  CHECK(told.lines == Lines{"one"});
  const FakeApiServer ended(Playing({"one\ntw"}, Ending::kEnd));
  const Told whole(ended);
  CHECK(whole.outcome.ok());
  CHECK(whole.lines == Lines{"one"});
}

TEST_CASE("a stream ends when its reader has enough", "[kube]") {
  const FakeApiServer server(Playing({"one\nenough\nmore\n"}, Ending::kSilence));
  const Told told(server);
  CHECK(told.outcome.ok());
  CHECK(told.lines == Lines{"one", "enough"});
}

TEST_CASE("a line beyond the bound ends the stream", "[kube]") {
  StreamLimits limits;
  limits.max_line_bytes = 8;
  const FakeApiServer fits(Playing({"1234", "5678\n"}, Ending::kEnd));
  CHECK(Told(fits, limits).lines == Lines{"12345678"});
  for (const std::vector<std::string>& chunks : {Lines{"12345", "6789\n"}, Lines{"123456789\n"}, Lines{"123456789"}}) {
    const FakeApiServer server(Playing(chunks, Ending::kSilence));
    const Told told(server, limits);
    CHECK(told.outcome.status().code() == absl::StatusCode::kResourceExhausted);
    CHECK(told.lines.empty());
  }
}

TEST_CASE("a refused stream is an answer", "[kube]") {
  const FakeApiServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_header("Retry-After", "3");
    Answer(response, "too many\nrequests\n", 429);
  });
  const Told told(server);
  REQUIRE(told.outcome.ok());
  CHECK(told.outcome->status == 429);
  CHECK(told.outcome->body == "too many\nrequests\n");
  CHECK(told.outcome->retry_after == seconds(3));
  CHECK(told.opened == 0);
  CHECK(told.lines.empty());
}

TEST_CASE("a stream that is silent for too long is given up", "[kube]") {
  const FakeApiServer server(Playing({"one\n"}, Ending::kSilence));
  StreamLimits limits;
  limits.silence = milliseconds(200);
  const Told told(server, limits);
  CHECK(told.outcome.status().code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(Has(MessageOf(told.outcome.status()), "was silent for 200ms"));
  CHECK(told.lines == Lines{"one"});
}

TEST_CASE("bytes put the end of silence off", "[kube]") {
  // Each line comes after most of the time that is allowed; the clock moves only here.
  FakeClock clock;
  const FakeApiServer server(Playing({"a\n", "b\n", "c\n", "enough\n"}, Ending::kSilence));
  StreamLimits limits;
  limits.silence = seconds(90);
  HttpsClient client("test");
  Lines lines;
  const auto outcome = client.Stream(AccessTo(server), To("/"), limits, clock,
                                     {[] {},
                                      [&](std::string_view line) {
                                        lines.emplace_back(line);
                                        clock.Advance(seconds(80));
                                        return line != "enough";
                                      }});
  CHECK(outcome.ok());
  CHECK(lines.size() == 4);
}

TEST_CASE("Stop ends a stream at once, and all later calls", "[kube]") {
  const FakeApiServer server(Playing({"one\n"}, Ending::kSilence));
  HttpsClient client("test");
  std::atomic<bool> opened{false};
  std::thread stopper([&] {
    while (!opened) std::this_thread::yield();
    client.Stop();
  });
  const SystemClock clock;
  const SteadyTime start = clock.Now();
  StreamLimits limits;
  limits.silence = seconds(600);
  const StreamSink sink{[] {},
                        [&](std::string_view) {
                          opened = true;
                          return true;
                        }};
  CHECK(client.Stream(AccessTo(server), To("/"), limits, clock, sink).status().code() == absl::StatusCode::kCancelled);
  CHECK(clock.Now() - start < seconds(60));
  stopper.join();
  CHECK(client.Call(AccessTo(server), To("/"), {}).status().code() == absl::StatusCode::kCancelled);
}

TEST_CASE("a call after a stream on the same client is one of its own", "[kube]") {
  const FakeApiServer server([](const httplib::Request& request, httplib::Response& response) {
    if (request.path == "/stream") return Play(response, {"one\n"}, Ending::kEnd);
    Answer(response, request.method + " " + request.body);
  });
  HttpsClient client("test");
  Lines lines;
  const StreamSink sink{[] {},
                        [&](std::string_view line) {
                          lines.emplace_back(line);
                          return true;
                        }};
  const SystemClock clock;
  REQUIRE(client.Stream(AccessTo(server), To("/stream"), {}, clock, sink).ok());
  CHECK(client.Call(AccessTo(server), To("/x"), {})->body == "GET ");
  HttpRequest patch{"PATCH", "/x", "{}", "application/merge-patch+json", false};
  CHECK(client.Call(AccessTo(server), patch, {})->body == "PATCH {}");
  patch.method = "PUT";
  CHECK(client.Call(AccessTo(server), patch, {})->body == "PUT {}");
  CHECK(client.Call(AccessTo(server), To("/x"), {})->body == "GET ");
  CHECK(lines == Lines{"one"});
  const std::vector<Seen> seen = server.seen();
  REQUIRE(seen.size() == 5);
  CHECK(seen[1].content_type.empty());
  CHECK(seen[2].content_type == "application/merge-patch+json");
  for (const Seen& call : seen) CHECK(call.authorization == "Bearer t");
}

TEST_CASE("a compressed answer counts as it was before", "[kube]") {
  const std::string folder = TestFolder();
  WriteFile(folder + "/blanks", std::string(100'000, ' '));
  REQUIRE(std::system(("gzip -kf '" + folder + "/blanks'").c_str()) == 0);
  const std::string packed = ReadFile(folder + "/blanks.gz");
  REQUIRE(packed.size() < 1'000);
  const FakeApiServer server([&](const httplib::Request&, httplib::Response& response) {
    response.set_header("Content-Encoding", "gzip");
    response.set_content(packed, "application/octet-stream");
  });
  HttpRequest request = To("/");
  request.gzip = true;
  HttpsClient client("test");
  CallLimits limits;
  limits.max_bytes = 100'000;
  CHECK(client.Call(AccessTo(server), request, limits)->body.size() == 100'000);
  limits.max_bytes = 99'999;
  CHECK(client.Call(AccessTo(server), request, limits).status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(server.seen()[0].accept_encoding == "gzip");
}

TEST_CASE("a body of any size is sent without waiting", "[kube]") {
  const FakeApiServer server([](const httplib::Request& request, httplib::Response& response) {
    Answer(response, std::to_string(request.body.size()) + request.get_header_value("Expect"));
  });
  HttpsClient client("test");
  const HttpRequest request{"POST", "/", std::string(2 << 20, 'x'), "application/json", false};
  CHECK(client.Call(AccessTo(server), request, {})->body == std::to_string(2 << 20));
}

TEST_CASE("the date of every answer tells of the server's clock", "[kube]") {
  std::string date = "Thu, 01 Jan 2026 00:05:01 GMT";
  const FakeApiServer server([&](const httplib::Request& request, httplib::Response& response) {
    if (!date.empty()) response.set_header("Date", date);
    if (request.path == "/stream") return Play(response, {"one\n"}, Ending::kEnd);
    Answer(response, "{}", request.path == "/refused" ? 403 : 200);
  });
  // 2026-01-01T00:00:01Z.
  const FakeClock clock;
  Metrics metrics;
  ClockOffset offset("the API server", "api_server", clock, metrics);
  HttpsClient client("test", &offset);
  const auto ahead = [&] {
    const std::string text = metrics.Render();
    const std::string series = "\nlocus_clock_offset_seconds{of=\"api_server\"} ";
    return std::stod(text.substr(text.find(series) + series.size()));
  };
  REQUIRE(client.Call(AccessTo(server), To("/"), {}).ok());
  CHECK(ahead() == 300);
  date = "Wed, 31 Dec 2025 23:55:01 GMT";
  REQUIRE(
      client.Stream(AccessTo(server), To("/stream"), {}, clock, {[] {}, [](std::string_view) { return true; }}).ok());
  CHECK(ahead() == -300);
  date = "Thu, 01 Jan 2026 00:00:02 GMT";
  REQUIRE(client.Call(AccessTo(server), To("/refused"), {}).ok());
  CHECK(ahead() == 1);
  // None, or none that is one, says nothing.
  for (const char* none : {"", "soon"}) {
    date = none;
    REQUIRE(client.Call(AccessTo(server), To("/"), {}).ok());
    CHECK(ahead() == 1);
  }
}
