#include "kube/elector.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "common/status.h"
#include "tests/unit/common/eventually.h"
#include "tests/unit/kube/fake_writer.h"

using namespace locus;
using namespace locus::kube;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// On the machine's clock, with the shortest lease that the API knows.
struct Running {
  Running(const std::string& name, const std::shared_ptr<FakeServer>& server)
      : elector(std::make_unique<FakeWriter>(server), Options(name), clock, [this] { ++changes; }) {
    elector.Start();
  }
  static ElectorOptions Options(const std::string& name) {
    ElectorOptions options;
    options.space = "locus";
    options.name = "gate";
    options.election = {name, seconds(1)};
    options.release_within = milliseconds(200);
    return options;
  }

  SystemClock clock;
  std::atomic<int> changes{0};
  Elector elector;
};

}  // namespace

TEST_CASE("a leader that stops is succeeded at once", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Running a("a", server);
  REQUIRE(Eventually([&] { return a.elector.Leading(); }));
  Running b("b", server);
  REQUIRE(Eventually([&] { return b.elector.SomebodyLeads(); }));
  CHECK_FALSE(b.elector.Leading());
  CHECK(b.elector.holder() == "a");
  a.elector.Stop();
  CHECK_FALSE(a.elector.Leading());
  CHECK(server->lease("gate").holder.empty());
  REQUIRE(Eventually([&] { return b.elector.Leading(); }));
  CHECK(Eventually([&] { return b.changes >= 2; }));
}

TEST_CASE("a leader that cannot reach the API server leads no more, and says why", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Running a("a", server);
  REQUIRE(Eventually([&] { return a.elector.Leading(); }));
  CHECK(a.elector.problem().empty());
  server->FailWith([](const std::string&, const std::string&) { return Unavailable("connection refused"); });
  REQUIRE(Eventually([&] { return !a.elector.Leading(); }));
  CHECK(a.elector.problem() == "cannot use the Lease locus/gate: connection refused");
  CHECK_FALSE(a.elector.SomebodyLeads());
  server->FailWith(nullptr);
  REQUIRE(Eventually([&] { return a.elector.Leading(); }));
  CHECK(a.elector.problem().empty());
}

TEST_CASE("leading ends by the clock also while a renewal hangs, and so does Stop", "[election]") {
  auto server = std::make_shared<FakeServer>();
  Running a("a", server);
  REQUIRE(Eventually([&] { return a.elector.Leading(); }));
  server->Hang(true);
  REQUIRE(Eventually([&] { return !a.elector.Leading(); }));
  const SteadyTime before = a.clock.Now();
  a.elector.Stop();
  CHECK(a.clock.Now() - before < seconds(5));
}
