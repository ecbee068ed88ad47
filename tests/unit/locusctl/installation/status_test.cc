#include "locusctl/installation/status.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

constexpr const char* kOverview = R"({
  "version": "0.1.0", "started": "2026-01-01T00:00:00.000Z", "time": "2026-01-01T01:00:00.000Z",
  "metadata": {"connected": true, "heard": true, "age_ms": 120, "source_age_ms": 80, "max_age_ms": 10000,
               "stale": false, "epoch": 42},
  "cluster": {"asked": true, "synced": true, "age_ms": 900, "problem": ""},
  "gate": {"leads": true, "leader": "node-1_7"},
  "decisions": [{"outcome": "scored", "reason": "", "count": 12, "since": "x", "last": "y"},
                {"outcome": "abstained", "reason": "no_gain", "count": 3, "since": "x", "last": "y"}],
  "degraded": []})";
constexpr const char* kWorkers = R"(
  freshness { epoch: 42 age_ms: 40 }
  workers {
    workers { address { host: "10.0.0.1" data_port: 8920 } node: "node-a" state: LIVE blocks: 5 version: "0.1.0"
              tiers { tier: TIER_MEM capacity_bytes: 4096 used_bytes: 1024 } tiers { tier: TIER_SSD capacity_bytes: 8192 } }
    workers { address { host: "10.0.0.2" data_port: 8920 } node: "node-b" state: SYNCING blocks: 2
              tiers { tier: TIER_MEM capacity_bytes: 4096 used_bytes: 3072 } } })";
constexpr const char* kMounts = R"(mounts { path: "/" ufs_uri: "file:///d" })";

struct Site {
  Site() {
    using google::protobuf::TextFormat;
    auto e = std::make_unique<FakeDecisionSource>();
    auto m = std::make_unique<FakeLocalitySource>();
    e->answer = {200, kOverview};
    REQUIRE(TextFormat::ParseFromString(kWorkers, &m->workers));
    REQUIRE(TextFormat::ParseFromString(kMounts, &m->mounts));
    extender = e.get();
    meta = m.get();
    sources.extenders.push_back(std::move(e));
    sources.metas.push_back(std::move(m));
  }

  InstallationSources sources;
  FakeDecisionSource* extender;
  FakeLocalitySource* meta;
  CapturedOutput captured;
};

}  // namespace

TEST_CASE("a screen shows every part, and all is well", "[locusctl]") {
  Site site;
  CHECK(RunStatus(site.sources, site.captured.AsText({false, 200})) == 0);
  CHECK(site.extender->asked == "/v1/overview");
  CHECK(site.captured.out.str() ==
        "PART       AT                         STATE\n"
        "extender   http://extender.test:8900  well   0.1.0, since 2026-01-01T00:00:00.000Z; metadata heard 120ms ago; "
        "cluster synced; leads the gate\n"
        "meta       meta.test:8910             well   epoch 42, heard 40ms ago; 2 workers, 1 mount\n"
        "workers    2                          well   1 live, 1 syncing; 7 blocks\n"
        "gate                                  well   led by node-1_7\n"
        "decisions  15                                12 scored, 3 abstained\n"
        "\n"
        "CACHE  USED\n"
        "MEM    4 KiB of 8 KiB  50.0%  ███████████████···············\n"
        "SSD    0 B of 8 KiB     0.0%  ······························\n");
  CHECK(site.captured.err.str().empty());
}

TEST_CASE("what is degraded ends with 1, since when and the next step", "[locusctl]") {
  Site site;
  nlohmann::json overview = nlohmann::json::parse(kOverview);
  overview["degraded"] = {{{"part", "metadata"},
                           {"reason", "metadata_stale"},
                           {"since", "2026-01-01T00:59:00.000Z"},
                           {"text", "locus-meta is not heard any more"}}};
  site.extender->answer.body = overview.dump();
  site.meta->status = absl::UnavailableError("refused");
  CHECK(RunStatus(site.sources, site.captured.AsText({false, 200})) == 1);
  const std::string text = site.captured.out.str();
  CHECK(text.find("degraded  0.1.0, since") != std::string::npos);
  CHECK(text.find("away      refused\n") != std::string::npos);
  CHECK(text.find("! metadata metadata_stale at http://extender.test:8900: locus-meta is not heard any more  (since "
                  "2026-01-01T00:59:00.000Z)\n  -> Check that locus-meta runs") != std::string::npos);
  CHECK(text.find("! meta.test:8910 cannot be asked: refused\n  -> ") != std::string::npos);
}

TEST_CASE("an extender that is older, or something else, is told", "[locusctl]") {
  for (const auto& [answer, problem] : {std::pair{HttpAnswer{404, "{}"}, "knows no /v1/overview"},
                                        {HttpAnswer{500, ""}, "answers with status 500"},
                                        {HttpAnswer{200, "<html>"}, "no overview of locus-extender"},
                                        {HttpAnswer{200, "[]"}, "no overview"},
                                        {HttpAnswer{200, R"({"version": 1})"}, "no overview"}}) {
    INFO(problem);
    Site site;
    site.extender->answer = answer;
    CHECK(RunStatus(site.sources, site.captured.AsText()) == 1);
    CHECK(site.captured.out.str().find(problem) != std::string::npos);
  }
}

TEST_CASE("status is one document for programs, in JSON and in YAML", "[locusctl]") {
  Site site;
  CHECK(RunStatus(site.sources, site.captured.AsJson()) == 0);
  const nlohmann::json json = nlohmann::json::parse(site.captured.out.str());
  CHECK(json["state"] == "well");
  CHECK(json["extenders"][0]["leader"] == "node-1_7");
  CHECK(json["extenders"][0]["metadata_age_ms"] == 120);
  CHECK(json["metas"][0]["workers"] == 2);
  CHECK(json["workers"]["live"] == 1);
  CHECK(json["workers"]["blocks"] == 7);
  CHECK(json["workers"]["tiers"][0]["used_bytes"] == 4096);
  CHECK(json["decisions"]["scored"] == 12);
  CHECK(json["troubles"].empty());
  site.captured.out.str("");
  CHECK(RunStatus(site.sources, site.captured.AsYaml()) == 0);
  CHECK(site.captured.out.str().starts_with("---\nstate: \"well\"\nextenders:\n"));
}

TEST_CASE("names of servers cannot harm the terminal", "[locusctl]") {
  Site site;
  nlohmann::json overview = nlohmann::json::parse(kOverview);
  for (const char* member : {"version", "started"}) overview[member] = "x\x1b[31m\r\n";
  overview["gate"]["leader"] = "x\x1b[31m";
  overview["decisions"][0]["outcome"] = "x\x1b[31m";
  overview["degraded"] = {{{"part", "x\x1b"}, {"reason", "x\x1b"}, {"since", "x\x1b"}, {"text", "x\x1b"}}};
  site.extender->answer.body = overview.dump();
  site.meta->mounts.set_problem("x\x1b[31m");
  for (v1::Worker& worker : *site.meta->workers.mutable_workers()->mutable_workers()) {
    worker.set_node("x\x1b[31m");
    worker.set_problem("x\x1b[31m");
  }
  RunStatus(site.sources, site.captured.AsText());
  CHECK(IsHarmless(site.captured.out.str()));
}
