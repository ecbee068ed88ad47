// What /readyz, the metrics and gRPC's health are told while workers come.
#include "alluxio_meta/readiness.h"

#include <catch2/catch.hpp>
#include <memory>

#include "common/testing/fake_clock.h"
#include "tests/unit/alluxio_meta/silent_link.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() {
    options.settle = 10s;
    options.at_most = 60s;
    CatalogOptions of_catalog;
    of_catalog.workers.lost_after = 30s;
    catalog.emplace(of_catalog, MountTable(), clock);
    readiness.emplace(
        options, *catalog, [this] { return nodes_told; }, clock, metrics);
  }
  void Begin() {
    readiness->Begin([this] { ++told; });
    readiness->Look();
  }
  uint64_t Open(const std::string& host) {
    return catalog->OpenStream({{host, "", 1}, "node-" + host, "", {}}, std::make_shared<SilentLink>()).value();
  }
  void Pass(Duration d) {
    clock.Advance(d);
    catalog->Tick();
    readiness->Look();
  }
  bool Says(const std::string& part) const { return readiness->WhyNot().find(part) != std::string::npos; }
  bool Shows(const std::string& line) { return metrics.Render().find("\n" + line + "\n") != std::string::npos; }

  FakeClock clock;
  Metrics metrics;
  SyncOptions options;
  std::optional<Catalog> catalog;
  std::optional<Readiness> readiness;
  bool nodes_told = true;
  int told = 0;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "it is not ready before it begins, nor after its end", "[readiness]") {
  CHECK(Says("starting"));
  Pass(1min);
  CHECK(Says("starting"));
  Begin();
  Pass(10s);
  CHECK(readiness->WhyNot().empty());
  CHECK(told == 1);
  readiness->End();
  CHECK(Says("stopping"));
  CHECK(Shows("locus_meta_ready 0"));
}

TEST_CASE_METHOD(Fixture, "ready is told once, and when the workers that came have told all", "[readiness]") {
  Begin();
  Pass(5s);
  const uint64_t first = Open("a");
  const uint64_t second = Open("b");
  CHECK(catalog->EndSnapshot(first).ok());
  Pass(10s);
  CHECK(Says("1 of 2 workers"));
  CHECK(told == 0);
  CHECK(Shows("locus_meta_ready 0"));
  CHECK(catalog->EndSnapshot(second).ok());
  Pass(1s);
  CHECK(readiness->WhyNot().empty());
  CHECK(readiness->Remark("front").find("front") == 0);
  CHECK(told == 1);
  CHECK(Shows("locus_meta_ready 1"));
  CHECK(Shows("locus_meta_ready_unsynced 0"));

  // Both go, and a third one comes: that is not the start any more.
  catalog->CloseStream(first);
  catalog->CloseStream(second);
  Pass(1h);
  Open("c");
  Pass(1s);
  CHECK(readiness->WhyNot().empty());
  CHECK(told == 1);
}

TEST_CASE_METHOD(Fixture, "a worker that comes again has told all before, and delays nothing", "[readiness]") {
  Begin();
  const uint64_t first = Open("a");
  CHECK(catalog->EndSnapshot(first).ok());
  Pass(9s);
  catalog->CloseStream(first);
  Open("a");
  Pass(1s);
  CHECK(readiness->WhyNot().empty());
}

TEST_CASE_METHOD(Fixture, "a worker that goes in the middle of its snapshot is waited for until it is lost",
                 "[readiness]") {
  Begin();
  catalog->CloseStream(Open("a"));
  Pass(29s);
  CHECK(Says("1 of 1 workers"));
  Pass(1s);
  CHECK(readiness->WhyNot().empty());
}

TEST_CASE_METHOD(Fixture, "workers that flap before they have told anything do not hold it up for good",
                 "[readiness]") {
  Begin();
  for (int second = 0; second < 59; ++second) {
    catalog->CloseStream(Open("a"));
    Pass(1s);
    CHECK(told == 0);
  }
  Pass(1s);
  CHECK(readiness->WhyNot().empty());
  CHECK(told == 1);
  CHECK(readiness->Remark("").find("1 of 1 workers") != std::string::npos);
  CHECK(Shows("locus_meta_ready 1"));
  CHECK(Shows("locus_meta_ready_unsynced 1"));
}

TEST_CASE_METHOD(Fixture, "the API server's nodes are waited for", "[readiness]") {
  nodes_told = false;
  Begin();
  Pass(20s);
  CHECK(Says("the API server has not listed its nodes yet"));
  nodes_told = true;
  Pass(1s);
  CHECK(readiness->WhyNot().empty());
}

TEST_CASE_METHOD(Fixture, "inputs of before the restart are waited for where somebody can list them", "[readiness]") {
  const std::vector<std::string> paths = {"/lake/a"};
  catalog->Restore(paths);
  Begin();
  SECTION("nobody can") {
    Pass(10s);
    CHECK(readiness->WhyNot().empty());
  }
  SECTION("a worker does") {
    const uint64_t worker = Open("a");
    CHECK(catalog->EndSnapshot(worker).ok());
    Pass(1s);
    CHECK(Says("1 inputs of before the restart"));
    CHECK(catalog->Listing(worker, {1, {}, true, true, ""}).ok());
    Pass(1s);
    CHECK_FALSE(Says("inputs"));
    Pass(8s);
    CHECK(readiness->WhyNot().empty());
  }
}
