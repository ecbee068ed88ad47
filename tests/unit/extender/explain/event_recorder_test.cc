#include "extender/explain/event_recorder.h"

#include <catch2/catch.hpp>

#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/common/eventually.h"
#include "tests/unit/kube/fake_writer.h"

using namespace locus;
using namespace locus::extender;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Fixture {
  explicit Fixture(EventRecorderOptions options = Quick())
      : recorder(std::make_unique<kube::FakeWriter>(server), std::move(options), clock, metrics) {}
  static EventRecorderOptions Quick() {
    EventRecorderOptions options;
    options.events_per_second = 1000;
    options.instance = "extender-0";
    return options;
  }
  void Record(PodEventKind kind, const std::string& uid, const std::string& note = "") {
    recorder.Record(kind, {"jobs", "pod-" + uid, uid}, note);
  }
  bool Has(const std::string& line) { return metrics.Render().find(line + "\n") != std::string::npos; }

  FakeClock clock;
  Metrics metrics;
  std::shared_ptr<kube::FakeServer> server = std::make_shared<kube::FakeServer>();
  // Ends first.
  EventRecorder recorder;
};

}  // namespace

TEST_CASE("an event says what was done about which pod, when and by whom", "[explain]") {
  Fixture f;
  f.recorder.Start();
  f.Record(PodEventKind::kDegraded, "u1", "metadata_stale");
  REQUIRE(Eventually([&] { return f.server->events().size() == 1; }));
  const kube::PodEvent event = f.server->events()[0];
  CHECK(event.space == "jobs");
  CHECK(event.pod == "pod-u1");
  CHECK(event.pod_uid == "u1");
  CHECK(event.reason == "LocalityDegraded");
  CHECK(event.type == "Warning");
  CHECK(event.action == "PlaceWithoutLocality");
  CHECK(event.note == "metadata_stale");
  CHECK(event.controller == "locus.dev/extender");
  CHECK(event.instance == "extender-0");
  CHECK(event.time == f.clock.WallNow());
  CHECK(Eventually([&] { return f.Has(R"(locus_extender_events_total{reason="LocalityDegraded"} 1)"); }));
}

TEST_CASE("the reasons and types of events are those that people were promised", "[explain]") {
  std::vector<std::pair<std::string_view, std::string_view>> words;
  for (const EventWords& w : kEventWords) words.emplace_back(w.reason, w.type);
  CHECK(words == std::vector<std::pair<std::string_view, std::string_view>>{{"LocalityPlaced", "Normal"},
                                                                            {"LocalityDegraded", "Warning"},
                                                                            {"LocalityWaiting", "Normal"},
                                                                            {"BestHolderNotOffered", "Normal"},
                                                                            {"LocalityUncached", "Warning"},
                                                                            {"LocalityBadAnnotation", "Warning"}});
}

TEST_CASE("each kind is told once of a pod", "[explain]") {
  Fixture f;
  for (int i = 0; i < 3; ++i) {
    f.Record(PodEventKind::kPlaced, "u1", "note " + std::to_string(i));
    f.Record(PodEventKind::kWaiting, "u1");
    f.Record(PodEventKind::kPlaced, "u2");
  }
  f.recorder.Start();
  f.Record(PodEventKind::kUncached, "last");
  REQUIRE(Eventually([&] { return f.server->events().size() >= 4; }));
  f.recorder.Stop();
  const auto events = f.server->events();
  REQUIRE(events.size() == 4);
  CHECK(events[0].note == "note 0");
  CHECK(events[3].pod_uid == "last");
}

TEST_CASE("beyond the memory's bound the least recent is told again", "[explain]") {
  RecentKeys keys(2);
  CHECK(keys.Add("a"));
  CHECK(keys.Add("b"));
  CHECK_FALSE(keys.Add("a"));
  CHECK(keys.Add("c"));
  CHECK_FALSE(keys.Add("a"));
  CHECK(keys.Add("b"));
  CHECK(keys.Add("c"));
}

TEST_CASE("a bucket gives its burst at once and then as many as its rate", "[explain]") {
  TokenBucket bucket(4, 2);
  const SteadyTime start(minutes(7));
  CHECK(bucket.Take(start) == Duration::zero());
  CHECK(bucket.Take(start) == Duration::zero());
  CHECK(bucket.Take(start) == milliseconds(250));
  CHECK(bucket.Take(start + milliseconds(100)) == milliseconds(150));
  CHECK(bucket.Take(start + milliseconds(250)) == Duration::zero());
  CHECK(bucket.Take(start + milliseconds(250)) == milliseconds(250));
  // Idle time fills it up to the burst.
  for (int i = 0; i < 2; ++i) CHECK(bucket.Take(start + minutes(1)) == Duration::zero());
  CHECK(bucket.Take(start + minutes(1)) > Duration::zero());
}

TEST_CASE("no more events are written than the rate allows", "[explain]") {
  EventRecorderOptions options = Fixture::Quick();
  options.events_per_second = 50;
  Fixture f(options);
  f.recorder.Start();
  for (int i = 0; i < 80; ++i) f.Record(PodEventKind::kPlaced, std::to_string(i));
  REQUIRE(Eventually([&] { return f.server->events().size() == 50; }));
  // The clock stands still: so does the writing. Two further tokens come 40 ms later.
  f.clock.Advance(milliseconds(40));
  REQUIRE(Eventually([&] { return f.server->events().size() == 52; }));
  f.clock.Advance(seconds(1));
  CHECK(Eventually([&] { return f.server->events().size() == 80; }));
}

TEST_CASE("a full queue drops, counts, and lets the same be told later", "[explain]") {
  EventRecorderOptions options = Fixture::Quick();
  options.max_queued = 2;
  Fixture f(options);
  for (const char* uid : {"a", "b", "c", "c"}) f.Record(PodEventKind::kPlaced, uid);
  CHECK(f.Has(R"(locus_extender_events_dropped_total{cause="queue_full"} 2)"));
  f.recorder.Start();
  REQUIRE(Eventually([&] { return f.server->events().size() == 2; }));
  f.Record(PodEventKind::kPlaced, "c");
  CHECK(Eventually([&] { return f.server->events().size() == 3; }));
}

TEST_CASE("a server that hangs holds up nobody but the recorder, and Stop ends it", "[explain]") {
  EventRecorderOptions options = Fixture::Quick();
  options.stop_within = milliseconds(50);
  Fixture f(options);
  f.server->Hang(true);
  f.recorder.Start();
  for (int i = 0; i < 1500; ++i) f.Record(PodEventKind::kPlaced, std::to_string(i));
  REQUIRE(Eventually([&] { return f.server->calls("event") == 1; }));
  f.recorder.Stop();
  CHECK(f.server->events().empty());
  // One was under way, up to a thousand were queued.
  CHECK(f.metrics.Render().find("events_dropped_total{cause=\"stopped\"} 100") != std::string::npos);
  f.Record(PodEventKind::kPlaced, "late");
  CHECK(f.server->calls("event") == 1);
}

TEST_CASE("stopping writes what is queued", "[explain]") {
  Fixture f;
  for (int i = 0; i < 100; ++i) f.Record(PodEventKind::kPlaced, std::to_string(i));
  f.recorder.Start();
  f.recorder.Stop();
  CHECK(f.server->events().size() == 100);
}

TEST_CASE("events survive an API server that is away for a while, and are given up after a minute", "[explain]") {
  Fixture f;
  f.server->FailWith([](const std::string&, const std::string&) { return Unavailable("connection refused"); });
  f.recorder.Start();
  f.Record(PodEventKind::kPlaced, "a");
  f.Record(PodEventKind::kPlaced, "b");
  REQUIRE(Eventually([&] { return f.server->calls("event") >= 1; }));
  SECTION("back in time") {
    f.server->FailWith(nullptr);
    REQUIRE(Eventually([&] { return f.server->events().size() == 2; }));
    CHECK(f.server->events()[0].pod_uid == "a");
  }
  SECTION("away for longer") {
    f.clock.Advance(minutes(2));
    CHECK(Eventually([&] { return f.Has(R"(locus_extender_events_dropped_total{cause="server"} 2)"); }));
  }
}

TEST_CASE("an event that is refused is dropped, and the next one is written", "[explain]") {
  const absl::Status refused =
      GENERATE(NotFound("no such namespace"), absl::PermissionDeniedError("forbidden"), InvalidArgument("bad"));
  Fixture f;
  f.server->FailWith(
      [&](const std::string&, const std::string& pod) { return pod == "pod-bad" ? refused : absl::OkStatus(); });
  f.recorder.Start();
  f.Record(PodEventKind::kPlaced, "bad");
  f.Record(PodEventKind::kPlaced, "good");
  REQUIRE(Eventually([&] { return f.server->events().size() == 1; }));
  CHECK(f.server->events()[0].pod_uid == "good");
  CHECK(f.Has(R"(locus_extender_events_dropped_total{cause="refused"} 1)"));
}

TEST_CASE("a note is cut at the API's bound", "[explain]") {
  Fixture f;
  f.recorder.Start();
  f.Record(PodEventKind::kPlaced, "u", std::string(5000, 'x'));
  REQUIRE(Eventually([&] { return f.server->events().size() == 1; }));
  CHECK(f.server->events()[0].note.size() == 1024);
}
