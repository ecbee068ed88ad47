#include "kube/election_state.h"

#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <vector>

#include "common/status.h"
#include "tests/unit/kube/fake_writer.h"

using namespace locus;
using namespace locus::kube;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = ElectionState::Step::Kind;

namespace {

// One candidate with its own wall clock, stepped by hand.
struct Candidate {
  Candidate(const std::string& name, std::shared_ptr<FakeServer> s, Duration skew = Duration(0))
      : state({name, seconds(10)}), writer(std::move(s)), wall_skew(skew) {}

  WallTime Wall(SteadyTime now) const {
    return WallTime(
        std::chrono::duration_cast<WallTime::duration>(now.time_since_epoch() + wall_skew + hours(500'000)));
  }
  // Does all that is due at `now`; calls take no time.
  void Run(SteadyTime now, double jitter = 0.5) {
    for (int i = 0; i < 10; ++i) {
      const ElectionState::Step step = state.Next(now, Wall(now));
      if (step.kind == Kind::kWait) {
        wait = step.wait;
        return;
      }
      if (step.kind == Kind::kRead) {
        state.ReadDone(writer.GetLease("locus", "gate"), now, jitter);
      } else {
        state.WriteDone(writer.PutLease("locus", "gate", step.lease), now, now, jitter);
      }
    }
    FAIL("does not come to rest");
  }

  ElectionState state;
  FakeWriter writer;
  Duration wall_skew;
  Duration wait{0};
};

SteadyTime At(Duration d) { return SteadyTime(hours(1) + d); }

}  // namespace

TEST_CASE("the first candidate creates the Lease and renews it five times in its duration", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Candidate a("a", server);
  a.Run(At(seconds(0)));
  CHECK(a.state.Leading(At(seconds(0))));
  CHECK(a.wait == seconds(2));
  const Lease created = server->lease("gate");
  CHECK(created.holder == "a");
  CHECK(created.duration == seconds(10));
  CHECK(created.transitions == 0);
  CHECK(created.acquired == created.renewed);
  a.Run(At(seconds(2)));
  const Lease renewed = server->lease("gate");
  CHECK(renewed.acquired == created.acquired);
  CHECK(renewed.renewed - created.renewed == seconds(2));
  CHECK(renewed.transitions == 0);
}

TEST_CASE("a duration with a fraction of a second is written as whole seconds, rounded up", "[election]") {
  auto server = std::make_shared<FakeServer>();
  ElectionState state({"a", milliseconds(1500)});
  state.ReadDone(NotFound("none"), At(seconds(0)), 0);
  CHECK(state.Next(At(seconds(0)), WallTime()).lease.duration == seconds(2));
}

TEST_CASE("leading ends two thirds of the duration after the last renewal began, without any call", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Candidate a("a", server);
  a.Run(At(seconds(0)));
  CHECK(a.state.Leading(At(milliseconds(6666))));
  CHECK_FALSE(a.state.Leading(At(milliseconds(6667))));

  // The answer of a renewal came 5 s after it was asked for: it counts from the question on.
  const ElectionState::Step step = a.state.Next(At(seconds(3)), a.Wall(At(seconds(3))));
  REQUIRE(step.kind == Kind::kWrite);
  a.state.WriteDone(a.writer.PutLease("locus", "gate", step.lease), At(seconds(3)), At(seconds(8)), 0);
  CHECK(a.state.Leading(At(milliseconds(9666))));
  CHECK_FALSE(a.state.Leading(At(milliseconds(9667))));
}

TEST_CASE("a candidate takes over when it has seen no change for the record's duration, whatever the clocks say",
          "[election]") {
  const Duration skew = GENERATE(hours(-30), hours(0), hours(30));
  auto server = std::make_shared<FakeServer>();
  Candidate a("a", server);
  Candidate b("b", server, skew);
  a.Run(At(seconds(0)));
  // `a` renews once more and is lost; b looks at t = 1 and then whenever it wants.
  a.Run(At(seconds(2)));
  SteadyTime now = At(seconds(3));
  while (now < At(seconds(30)) && !b.state.Leading(now)) {
    b.Run(now);
    if (b.state.Leading(now)) break;
    CHECK(b.wait > Duration(0));
    CHECK(b.wait <= seconds(2));
    now += b.wait;
  }
  // Seen first at t = 3.
  CHECK(now == At(seconds(13)));
  CHECK(server->lease("gate").holder == "b");
  CHECK(server->lease("gate").transitions == 1);
}

TEST_CASE("a candidate that starts late gives a dead leader's record its whole duration", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Candidate a("a", server);
  a.Run(At(seconds(0)));
  Candidate b("b", server);
  b.Run(At(hours(1)));
  CHECK_FALSE(b.state.Leading(At(hours(1))));
  CHECK(b.state.SomebodyLeads(At(hours(1))));
  CHECK(b.state.SomebodyLeads(At(hours(1) + milliseconds(9999))));
  CHECK_FALSE(b.state.SomebodyLeads(At(hours(1) + seconds(10))));
}

TEST_CASE("a Lease that was given back is taken at the next look", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Candidate a("a", server);
  Candidate b("b", server);
  a.Run(At(seconds(0)));
  b.Run(At(milliseconds(100)));
  const std::optional<Lease> released = a.state.Release(a.Wall(At(seconds(1))));
  REQUIRE(released);
  CHECK(released->holder.empty());
  REQUIRE(a.writer.PutLease("locus", "gate", *released).ok());
  b.Run(At(seconds(2)));
  CHECK(b.state.Leading(At(seconds(2))));
  CHECK(server->lease("gate").transitions == 1);
}

TEST_CASE("one who does not hold the Lease gives nothing back", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Candidate a("a", server);
  Candidate b("b", server);
  CHECK_FALSE(b.state.Release(WallTime()));
  a.Run(At(seconds(0)));
  b.Run(At(seconds(0)));
  CHECK_FALSE(b.state.Release(WallTime()));
}

TEST_CASE("a renewal whose answer was lost is recognised as ours", "[election]") {
  const bool applied = GENERATE(false, true);
  auto server = std::make_shared<FakeServer>();
  Candidate a("a", server);
  a.Run(At(seconds(0)));
  // Twice in a row.
  for (const SteadyTime now : {At(seconds(2)), At(seconds(3))}) {
    const ElectionState::Step step = a.state.Next(now, a.Wall(now));
    REQUIRE(step.kind == Kind::kWrite);
    if (applied) REQUIRE(a.writer.PutLease("locus", "gate", step.lease).ok());
    a.state.WriteDone(Unavailable("connection reset"), now, now, 0);
    const SteadyTime later = now + milliseconds(500);
    REQUIRE(a.state.Next(later, a.Wall(later)).kind == Kind::kRead);
    a.state.ReadDone(a.writer.GetLease("locus", "gate"), later, 0);
    CHECK(a.state.Leading(later));
  }
  a.Run(At(seconds(4)));
  CHECK(a.state.Leading(At(seconds(10))));
  CHECK(server->lease("gate").transitions == 0);
}

TEST_CASE("two candidates of one name never lead both", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Candidate first("same", server);
  Candidate second("same", server, milliseconds(7));
  for (Duration t(0); t < seconds(60); t += milliseconds(250)) {
    first.Run(At(t));
    second.Run(At(t));
    CHECK(first.state.Leading(At(t)));
    CHECK_FALSE(second.state.Leading(At(t)));
  }
}

TEST_CASE("a deleted Lease is made anew by its leader, and others leave it the time", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Candidate a("a", server);
  Candidate b("b", server);
  a.Run(At(seconds(0)));
  b.Run(At(seconds(0)));
  server->DeleteLease("gate");
  b.Run(At(milliseconds(1900)));
  CHECK_FALSE(b.state.Leading(At(milliseconds(1900))));
  a.Run(At(seconds(2)));
  CHECK(a.state.Leading(At(seconds(2))));
  CHECK(server->lease("gate").holder == "a");
}

TEST_CASE("a record that claims a year is abandoned after five minutes", "[election]") {
  auto server = std::make_shared<FakeServer>();
  FakeWriter other(server);
  Lease lease;
  lease.holder = "hand";
  lease.duration = hours(24 * 365);
  REQUIRE(other.PutLease("locus", "gate", lease).ok());
  Candidate a("a", server);
  a.Run(At(seconds(0)));
  CHECK(a.state.SomebodyLeads(At(seconds(299))));
  CHECK_FALSE(a.state.SomebodyLeads(At(seconds(300))));
}

TEST_CASE("after 30 s without an API server somebody leads within half a second", "[election]") {
  auto server = std::make_shared<FakeServer>();
  std::vector<std::unique_ptr<Candidate>> all;
  for (const char* name : {"a", "b", "c"}) all.push_back(std::make_unique<Candidate>(name, server));
  SteadyTime now = At(seconds(0));
  const auto run_until = [&](SteadyTime end) {
    for (; now < end; now += milliseconds(10)) {
      for (auto& c : all) c->Run(now);
    }
  };
  run_until(At(seconds(5)));
  CHECK(all[0]->state.Leading(now));
  server->FailWith([](const std::string&, const std::string&) { return Unavailable("connection refused"); });
  run_until(At(seconds(35)));
  for (auto& c : all) {
    CHECK_FALSE(c->state.Leading(now));
    CHECK_FALSE(c->state.SomebodyLeads(now));
  }
  server->FailWith(nullptr);
  run_until(At(milliseconds(35'510)));
  int leaders = 0;
  for (auto& c : all) leaders += c->state.Leading(now);
  CHECK(leaders == 1);
}

TEST_CASE("never two leaders, and never long without one, under lost calls and lost answers", "[election]") {
  const uint64_t seed = GENERATE(range(1, 41));
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto draw = [&](int n) { return static_cast<int>(random() % static_cast<uint64_t>(n)); };
  auto server = std::make_shared<FakeServer>();
  struct Client {
    std::unique_ptr<Candidate> candidate;
    // A call under way: what was asked, its answer, when the answer comes.
    bool busy = false;
    bool writes = false;
    SteadyTime asked, answered;
    absl::StatusOr<Lease> answer = NotFound("");
  };
  std::vector<Client> clients(3);
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i].candidate =
        std::make_unique<Candidate>(std::string(1, static_cast<char>('a' + i)), server, seconds(draw(7200) - 3600));
  }
  SteadyTime last_led = At(seconds(0));
  bool healthy = true;
  for (SteadyTime now = At(seconds(0)); now < At(seconds(300)); now += milliseconds(20)) {
    if (draw(1000) == 0) healthy = !healthy;
    int leaders = 0;
    for (Client& c : clients) {
      ElectionState& state = c.candidate->state;
      const double jitter = draw(1000) / 1000.0;
      if (c.busy && now >= c.answered) {
        c.busy = false;
        if (c.writes) {
          state.WriteDone(c.answer, c.asked, now, jitter);
        } else {
          state.ReadDone(c.answer, now, jitter);
        }
      }
      leaders += state.Leading(now);
      if (c.busy) continue;
      const ElectionState::Step step = state.Next(now, c.candidate->Wall(now));
      if (step.kind == Kind::kWait) continue;
      c.busy = true;
      c.writes = step.kind == Kind::kWrite;
      c.asked = now;
      c.answered = now + milliseconds(draw(healthy ? 100 : 4000));
      const bool lost = draw(100) < (healthy ? 2 : 50);
      const bool applied = !lost || draw(2) == 0;
      if (applied) {
        c.answer = c.writes ? c.candidate->writer.PutLease("locus", "gate", step.lease)
                            : c.candidate->writer.GetLease("locus", "gate");
      }
      if (lost) c.answer = Unavailable("lost");
    }
    REQUIRE(leaders <= 1);
    if (leaders == 1 || !healthy) last_led = now;
    // The duration, one look, and the calls of the take-over.
    REQUIRE(now - last_led < seconds(10) + seconds(2) + seconds(2));
  }
}
