// The stream to locus-meta over real gRPC. Ages follow a fake clock; budgets that must not run out are an hour.
#include "extender/locality/watched_locality.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/grpc_server.h"
#include "common/testing/fake_clock.h"
#include "tests/integration/extender/eventually.h"
#include "tests/integration/extender/fake_locality_service.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

v1::InputLocality KnownInput(const std::string& input, uint64_t bytes, const std::string& node = "n1") {
  v1::InputLocality locality;
  locality.set_input(input);
  locality.set_state(v1::InputLocality::KNOWN);
  locality.set_length_bytes(1000);
  locality.set_cached_bytes(bytes);
  v1::HolderLocality* holder = locality.add_holders();
  holder->set_node(node);
  v1::TierBytes* tier = holder->add_tiers();
  tier->set_tier(v1::TIER_MEM);
  tier->set_bytes(bytes);
  return locality;
}

struct Fixture {
  explicit Fixture(InterestLimits limits = {}) : options{.limits = limits, .reconnect_max = 50ms} {
    clock.Advance(1h);
    Watch(meta.target());
  }

  void Watch(const std::string& target) {
    locality = std::make_unique<WatchedLocality>(MakeChannel(target), options, clock, metrics);
    locality->Start();
  }

  bool Connected() {
    return Eventually([this] { return locality->News().connected; });
  }
  InputState StateOf(const std::string& input) { return locality->Look({input}, 0ms).inputs[0]->state; }
  bool BecomesKnown(const std::string& input) {
    return Eventually([&] { return StateOf(input) == InputState::kKnown; });
  }

  FakeClock clock;
  Metrics metrics;
  FakeLocalityService service;
  FakeMeta meta{service};
  WatchOptions options;
  std::unique_ptr<WatchedLocality> locality;
};

}  // namespace

TEST_CASE("the first question about an input is answered within the budget", "[watched_locality]") {
  Fixture f;
  f.service.Put(KnownInput("/a", 600));
  REQUIRE(f.Connected());
  const LocalityAnswer answer = f.locality->Look({"/a"}, 1h);
  REQUIRE(answer.inputs.size() == 1);
  CHECK(answer.inputs[0]->state == InputState::kKnown);
  CHECK(answer.inputs[0]->nodes[0].bytes[0] == 600);
  CHECK(answer.news.heard);
  CHECK(answer.news.run == 1);
}

TEST_CASE("several inputs are answered in the order of the question", "[watched_locality]") {
  Fixture f;
  f.service.Put(KnownInput("/a", 1));
  f.service.Put(KnownInput("/b", 2));
  REQUIRE(f.Connected());
  const LocalityAnswer answer = f.locality->Look({"/b", "/a", "/b"}, 1h);
  REQUIRE(answer.inputs.size() == 3);
  CHECK(answer.inputs[0]->input == "/b");
  CHECK(answer.inputs[1]->input == "/a");
  CHECK(answer.inputs[2]->cached_bytes == 2);
}

TEST_CASE("an input that locus-meta answers PENDING first is waited for on", "[watched_locality]") {
  Fixture f;
  REQUIRE(f.Connected());
  std::thread later([&f] {
    Eventually([&f] { return f.service.followed().count("/a") == 1; });
    f.service.Put(KnownInput("/a", 600));
  });
  CHECK(f.locality->Look({"/a"}, 1h).inputs[0]->state == InputState::kKnown);
  later.join();
}

TEST_CASE("an input that is not answered in time is pending, and later calls find it without waiting",
          "[watched_locality]") {
  Fixture f;
  REQUIRE(f.Connected());
  f.service.SetSilent(true);
  f.service.Put(KnownInput("/a", 600));
  CHECK(f.locality->Look({"/a"}, 1ms).inputs[0]->state == InputState::kPending);
  // The budget of the first question is used up: an hour is not waited for.
  f.clock.Advance(1ms);
  CHECK(f.locality->Look({"/a"}, 1h).inputs[0]->state == InputState::kPending);
  f.service.SetSilent(false);
  CHECK(f.BecomesKnown("/a"));
}

TEST_CASE("a question without a budget follows the input and does not wait", "[watched_locality]") {
  Fixture f;
  f.service.Put(KnownInput("/a", 600));
  REQUIRE(f.Connected());
  f.locality->Look({"/a"}, 0ms);
  CHECK(f.BecomesKnown("/a"));
}

TEST_CASE("all that is followed is shown, and is not asked for by that", "[watched_locality]") {
  Fixture f;
  f.service.Put(KnownInput("/a", 600));
  REQUIRE(f.Connected());
  f.locality->Look({"/a"}, 1h);
  f.service.SetSilent(true);
  f.locality->Look({"/b"}, 0ms);
  const FollowedInputs followed = f.locality->Followed();
  CHECK(followed.followed == 2);
  REQUIRE(followed.pictures.size() == 1);
  CHECK(followed.pictures[0]->cached_bytes == 600);
  REQUIRE(followed.loads != nullptr);
  // Looking at them for longer than the time after which they are forgotten does not keep them.
  CHECK(Eventually([&f] {
    f.clock.Advance(1min);
    return f.locality->Followed().followed == 0;
  }));
}

TEST_CASE("changes arrive without being asked for", "[watched_locality]") {
  Fixture f;
  f.service.Put(KnownInput("/a", 600));
  REQUIRE(f.Connected());
  const auto before = f.locality->Look({"/a"}, 1h).inputs[0];
  f.service.Put(KnownInput("/a", 700));
  CHECK(Eventually([&] { return f.locality->Look({"/a"}, 0ms).inputs[0]->cached_bytes == 700; }));
  CHECK(before->cached_bytes == 600);
}

TEST_CASE("loads of nodes arrive and change", "[watched_locality]") {
  Fixture f;
  const auto put = [&f](double load) {
    v1::WorkerList workers;
    v1::Worker* worker = workers.add_workers();
    worker->set_node("n1");
    worker->set_state(v1::Worker::LIVE);
    worker->mutable_load()->set_overall(load);
    f.service.PutWorkers(workers);
  };
  put(0.5);
  CHECK(Eventually([&] { return f.locality->Look({}, 0ms).loads->Find("n1") == 0.5; }));
  put(0.75);
  CHECK(Eventually([&] { return f.locality->Look({}, 0ms).loads->Find("n1") == 0.75; }));
}

TEST_CASE("without locus-meta nothing waits", "[watched_locality]") {
  Fixture f;
  const std::string target = f.meta.target();
  f.meta.Stop();
  f.Watch(target);
  const LocalityAnswer answer = f.locality->Look({"/a"}, 1h);
  CHECK_FALSE(answer.news.connected);
  CHECK_FALSE(answer.news.heard);
  CHECK(answer.inputs[0]->state == InputState::kPending);
}

TEST_CASE("a wait ends when the stream breaks", "[watched_locality]") {
  Fixture f;
  REQUIRE(f.Connected());
  std::thread later([&f] {
    Eventually([&f] { return f.service.followed().count("/a") == 1; });
    f.meta.Stop();
  });
  CHECK(f.locality->Look({"/a"}, 1h).inputs[0]->state == InputState::kPending);
  later.join();
}

TEST_CASE("when the stream breaks the last picture is kept, ages, and comes back without a restart",
          "[watched_locality]") {
  Fixture f;
  f.service.Put(KnownInput("/a", 600));
  REQUIRE(f.Connected());
  REQUIRE(f.locality->Look({"/a"}, 1h).inputs[0]->state == InputState::kKnown);
  const int port = f.meta.port();
  f.meta.Stop();
  REQUIRE(Eventually([&] { return !f.locality->News().connected; }));
  f.clock.Advance(9s);
  LocalityAnswer answer = f.locality->Look({"/a"}, 1h);
  CHECK(answer.inputs[0]->state == InputState::kKnown);
  CHECK(answer.news.age == Duration(9s));
  f.clock.Advance(2s);
  answer = f.locality->Look({"/a"}, 1h);
  CHECK(answer.news.age == Duration(11s));

  f.service.Put(KnownInput("/a", 650));
  FakeMeta again(f.service, port);
  REQUIRE(again.ok());
  CHECK(Eventually([&] { return f.locality->Look({"/a"}, 0ms).inputs[0]->cached_bytes == 650; }));
  CHECK(f.locality->News().connected);
  CHECK(f.locality->News().age == Duration(0));
}

TEST_CASE("an old picture is not made young by a stream that says nothing of it", "[watched_locality]") {
  Fixture f;
  f.service.Put(KnownInput("/a", 600));
  REQUIRE(f.Connected());
  REQUIRE(f.locality->Look({"/a"}, 1h).inputs[0]->state == InputState::kKnown);
  f.clock.Advance(1s);
  v1::InputLocality pending;
  pending.set_input("/a");
  pending.set_state(v1::InputLocality::PENDING);
  const int streams = f.service.streams();
  f.service.Put(pending);
  f.service.BreakStreams();
  REQUIRE(Eventually([&] { return f.service.streams() > streams && f.locality->News().connected; }));
  CHECK(f.StateOf("/a") == InputState::kKnown);
  f.clock.Advance(20s);
  CHECK(f.StateOf("/a") == InputState::kPending);
}

TEST_CASE("a stream that is silent for too long is opened anew", "[watched_locality]") {
  Fixture f;
  // What is under way when the clock moves would count as heard after it.
  REQUIRE(Eventually([&] { return f.locality->News().heard; }));
  const int streams = f.service.streams();
  f.service.SetSilent(true);
  f.clock.Advance(11s);
  CHECK(Eventually([&] { return f.service.streams() > streams; }));
}

TEST_CASE("a beat keeps the picture young", "[watched_locality]") {
  Fixture f;
  REQUIRE(f.Connected());
  REQUIRE(Eventually([&] { return f.locality->News().heard; }));
  f.clock.Advance(2s);
  CHECK(f.locality->News().age == Duration(2s));
  f.service.Beat();
  CHECK(Eventually([&] { return f.locality->News().age == Duration(0); }));
}

TEST_CASE("an input that no pod asks for is given up", "[watched_locality]") {
  InterestLimits limits;
  limits.ttl = 60s;
  limits.max_age = 1h;
  Fixture f(limits);
  REQUIRE(f.Connected());
  f.locality->Look({"/a", "/b"}, 0ms);
  REQUIRE(Eventually([&] { return f.service.followed().size() == 2; }));
  f.clock.Advance(50s);
  f.locality->Look({"/b"}, 0ms);
  f.clock.Advance(20s);
  CHECK(Eventually([&] { return f.service.removed() == std::vector<std::string>{"/a"}; }));
  CHECK(f.service.followed() == std::set<std::string>{"/b"});
}

TEST_CASE("beyond the limit a new input is refused and counted, known ones go on", "[watched_locality]") {
  InterestLimits limits;
  limits.max_inputs = 2;
  Fixture f(limits);
  f.service.Put(KnownInput("/a", 600));
  REQUIRE(f.Connected());
  f.locality->Look({"/a", "/b"}, 0ms);
  const LocalityAnswer answer = f.locality->Look({"/c", "/a"}, 1h);
  CHECK(answer.inputs[0]->state == InputState::kOverLimit);
  CHECK(answer.inputs[1]->state == InputState::kKnown);
  CHECK(f.metrics.Render().find("locus_extender_inputs_refused_total 1\n") != std::string::npos);
}

TEST_CASE("thousands of inputs are followed in several messages, and all again after a break", "[watched_locality]") {
  Fixture f;
  REQUIRE(f.Connected());
  std::vector<std::string> inputs;
  for (int i = 0; i < 5000; ++i) inputs.push_back("/warehouse/part-" + std::to_string(i));
  f.locality->Look(inputs, 0ms);
  REQUIRE(Eventually([&] { return f.service.followed().size() == 5000; }));
  const int requests = f.service.requests();
  CHECK(requests >= 6);  // an empty one, then at most 1,000 inputs each
  f.service.BreakStreams();
  CHECK(Eventually([&] { return f.service.streams() > 1 && f.service.followed().size() == 5000; }));
}

TEST_CASE("the gauges tell the state of the stream", "[watched_locality]") {
  Fixture f;
  REQUIRE(f.Connected());
  REQUIRE(Eventually([&] { return f.locality->News().heard; }));
  f.locality->Look({"/a"}, 0ms);
  f.clock.Advance(2s);
  f.locality->UpdateGauges();
  const std::string page = f.metrics.Render();
  CHECK(page.find("locus_extender_watch_connected 1\n") != std::string::npos);
  CHECK(page.find("locus_extender_inputs_followed 1\n") != std::string::npos);
  CHECK(page.find("locus_extender_metadata_age_seconds ") != std::string::npos);
}

TEST_CASE("stopping ends a wait and the stream at once", "[watched_locality]") {
  Fixture f;
  REQUIRE(f.Connected());
  std::thread waiting([&f] { f.locality->Look({"/a"}, 1h); });
  REQUIRE(Eventually([&] { return f.service.followed().count("/a") == 1; }));
  f.locality->Stop();
  waiting.join();
  f.locality->Stop();
  CHECK_FALSE(f.locality->News().connected);
}

TEST_CASE("stopping does not wait for a locus-meta that is away", "[watched_locality]") {
  Fixture f;
  const std::string target = f.meta.target();
  f.meta.Stop();
  f.options.reconnect_max = 1h;
  f.Watch(target);
  f.locality->Stop();
  CHECK_FALSE(f.locality->News().heard);
}

TEST_CASE("questions from many threads go on while the picture changes and the stream breaks", "[watched_locality]") {
  Fixture f;
  for (int i = 0; i < 8; ++i) f.service.Put(KnownInput("/" + std::to_string(i), 1));
  REQUIRE(f.Connected());
  std::atomic<bool> over{false};
  std::atomic<int> answers{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; !over; ++i) {
        const LocalityAnswer answer = f.locality->Look({"/" + std::to_string((t + i) % 8)}, 1ms);
        if (answer.inputs[0]->state == InputState::kKnown) ++answers;
        f.locality->UpdateGauges();
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    f.service.Put(KnownInput("/" + std::to_string(i % 8), static_cast<uint64_t>(i)));
    if (i % 50 == 0) f.service.BreakStreams();
  }
  CHECK(Eventually([&] { return answers > 1000; }));
  over = true;
  for (std::thread& thread : threads) thread.join();
}
