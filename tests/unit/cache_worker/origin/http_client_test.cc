#include "cache_worker/origin/http_client.h"

#include <catch2/catch.hpp>
#include <deque>
#include <thread>
#include <vector>

#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/eventually.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

// Plays answers in turn; a body goes with each.
class PlayedTransport final : public HttpTransport {
 public:
  struct Turn {
    absl::StatusOr<HttpResponse> response;
    std::string body;
  };
  explicit PlayedTransport(std::deque<Turn> turns) : turns_(std::move(turns)) {}

  absl::StatusOr<HttpResponse> Exchange(const HttpRequest&, HttpBody& body) override {
    if (turns_.empty()) return Internal("more requests than the test has answers");
    const Turn turn = std::move(turns_.front());
    turns_.pop_front();
    body.Append(turn.body);
    return turn.response;
  }
  void Stop() override { stopped = true; }

  bool stopped = false;

 private:
  std::deque<Turn> turns_;
};

PlayedTransport::Turn Answer(int status, const std::string& body = "", const std::string& retry_after = "") {
  HttpResponse response;
  response.status = status;
  if (!retry_after.empty()) response.headers["retry-after"] = retry_after;
  if (status == 200 || status == 206) return {response, body};
  response.error_text = body;
  return {response, ""};
}

PlayedTransport::Turn NoAnswer(absl::Status status = Unavailable("no route")) { return {std::move(status), ""}; }

struct Played {
  explicit Played(std::deque<PlayedTransport::Turn> turns, uint32_t attempts = 4) {
    HttpClientOptions options{"http://h", attempts, 5s, 1};
    client = std::make_unique<HttpClient>(options, std::make_unique<PlayedTransport>(std::move(turns)), clock, stats,
                                          [this](Duration d) {
                                            pauses.push_back(d);
                                            return go_on;
                                          });
  }
  absl::StatusOr<HttpResponse> Perform(const HttpClient::Check& check = {}) {
    text.clear();
    HttpBody body(&text, 10);
    return client->Perform(
        [this]() -> absl::StatusOr<HttpRequest> {
          ++made;
          return HttpRequest{};
        },
        body, check);
  }

  FakeClock clock;
  HttpStats stats;
  std::vector<Duration> pauses;
  bool go_on = true;
  int made = 0;
  std::string text;
  std::unique_ptr<HttpClient> client;
};

bool Has(const absl::Status& status, const std::string& part) {
  INFO(MessageOf(status));
  return MessageOf(status).find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an answer is handed over at once, whatever it refuses", "[origin]") {
  for (const int status : {200, 206, 301, 403, 404, 416}) {
    Played played({Answer(status)});
    const auto response = played.Perform();
    REQUIRE(response.ok());
    CHECK(response->status == status);
    CHECK(played.pauses.empty());
    CHECK(played.stats.requests == 1);
    CHECK(played.stats.retries == 0);
  }
}

TEST_CASE("a storm of refusals that passes costs pauses that grow, and nothing else", "[origin]") {
  Played played({Answer(503, "busy"), NoAnswer(), Answer(500), Answer(200, "bytes")});
  REQUIRE(played.Perform().ok());
  CHECK(played.text == "bytes");
  // Each request is made anew: its signature carries the time.
  CHECK(played.made == 4);
  CHECK(played.stats.requests == 4);
  CHECK(played.stats.retries == 3);
  REQUIRE(played.pauses.size() == 3);
  const std::vector<Duration> full = {100ms, 200ms, 400ms};
  for (size_t i = 0; i < full.size(); ++i) {
    CHECK(played.pauses[i] >= full[i] / 2);
    CHECK(played.pauses[i] <= full[i]);
  }
}

TEST_CASE("a storm that stays ends after so many attempts, with the last reason", "[origin]") {
  Played played({NoAnswer(), Answer(503, "one"), Answer(503, "two\nlines")}, 3);
  const absl::Status status = played.Perform().status();
  CHECK(absl::IsUnavailable(status));
  CHECK(MessageOf(status) == "http://h answered 503: two lines (after 3 attempts)");
  CHECK(played.stats.requests == 3);
}

TEST_CASE("a server's own pause counts when it is longer, up to the bound", "[origin]") {
  Played played({Answer(429, "", "3"), Answer(503, "", "0"), Answer(503, "", "3600"), Answer(200)});
  REQUIRE(played.Perform().ok());
  REQUIRE(played.pauses.size() == 3);
  CHECK(played.pauses[0] == 3s);
  CHECK(played.pauses[1] >= 100ms);
  CHECK(played.pauses[2] == 5s);
}

TEST_CASE("what a check finds broken is asked for again, what it refuses is not", "[origin]") {
  int checks = 0;
  Played broken({Answer(206, "short"), Answer(206, "whole")});
  CHECK(broken
            .Perform([&](const HttpResponse&, const HttpBody&) {
              return ++checks == 1 ? absl::DataLossError("short") : absl::OkStatus();
            })
            .ok());
  CHECK(checks == 2);
  CHECK(broken.text == "whole");

  Played changed({Answer(206, "other")});
  CHECK(absl::IsAborted(
      changed.Perform([](const HttpResponse&, const HttpBody&) { return absl::AbortedError("changed"); }).status()));

  Played always({Answer(206), Answer(206)}, 2);
  const absl::Status status =
      always.Perform([](const HttpResponse&, const HttpBody&) { return absl::DataLossError("short"); }).status();
  CHECK(absl::IsUnavailable(status));
  CHECK(Has(status, "short (after 2 attempts)"));
}

TEST_CASE("a body beyond its room is an error, and not asked for again", "[origin]") {
  Played played({Answer(200, "12345678901")});
  const absl::Status status = played.Perform().status();
  CHECK(absl::IsUnavailable(status));
  CHECK(Has(status, "sent more than"));
}

TEST_CASE("a stop ends the pause and the call", "[origin]") {
  Played played({NoAnswer()});
  played.go_on = false;
  CHECK(absl::IsCancelled(played.Perform().status()));
  Played ended({NoAnswer(absl::CancelledError("stopped"))});
  CHECK(absl::IsCancelled(ended.Perform().status()));
  CHECK(ended.pauses.empty());
}

TEST_CASE("Stop wakes a call that waits for its next attempt", "[origin]") {
  FakeClock clock;
  HttpStats stats;
  std::deque<PlayedTransport::Turn> turns = {Answer(503, "", "60"), Answer(200)};
  HttpClient client({"http://h", 4, 60s, 1}, std::make_unique<PlayedTransport>(std::move(turns)), clock, stats);
  absl::Status status;
  std::thread caller([&] {
    HttpBody none;
    status = client.Perform([]() -> absl::StatusOr<HttpRequest> { return HttpRequest{}; }, none).status();
  });
  CHECK(Eventually([&] { return stats.requests == 1; }));
  client.Stop();
  caller.join();
  CHECK(absl::IsCancelled(status));
  CHECK(stats.requests == 1);
}

TEST_CASE("a request that cannot be made is the caller's error", "[origin]") {
  Played played({});
  HttpBody none;
  const auto make = []() -> absl::StatusOr<HttpRequest> { return Unavailable("no credentials"); };
  CHECK(Has(played.client->Perform(make, none).status(), "no credentials"));
  CHECK(played.stats.requests == 0);
}
