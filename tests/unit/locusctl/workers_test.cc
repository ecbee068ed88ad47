#include "locusctl/workers.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

v1::ListWorkersResponse Response(const std::string& text) {
  v1::ListWorkersResponse response;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &response));
  return response;
}

constexpr const char* kThree = R"(
  freshness { epoch: 5 age_ms: 40 }
  workers {
    workers { address { host: "10.0.0.3" data_port: 8920 } node: "node-a" state: LOST last_heard_ms: 65000 blocks: 9
              tiers { tier: TIER_HDD capacity_bytes: 1024 used_bytes: 0 } }
    workers { address { host: "10.0.0.2" data_port: 8920 } node: "node-b" state: SYNCING last_heard_ms: 3 blocks: 1 }
    workers { address { host: "10.0.0.1" data_port: 8920 } node: "node-a" state: LIVE last_heard_ms: 420 blocks: 1200
              load { overall: 0.95 cpu: 0.5 } version: "0.1.0"
              tiers { tier: TIER_MEM capacity_bytes: 4294967296 used_bytes: 2147483648 }
              tiers { tier: TIER_SSD capacity_bytes: 8589934592 used_bytes: 8589934592 } }
  })";

}  // namespace

TEST_CASE("workers are rows with a line for each tier, lost ones last", "[locusctl]") {
  CHECK(RenderWorkers(Response(kThree), {false, 120}) ==
        "NODE    ADDRESS        STATE        HEARD  BLOCKS  LOAD  TIER  USED\n"
        "node-a  10.0.0.1:8920  live     420ms ago    1200  0.95  MEM   2 GiB of 4 GiB  █████·····\n"
        "                                                         SSD   8 GiB of 8 GiB  ▓▓▓▓▓▓▓▓▓▓\n"
        "node-b  10.0.0.2:8920  syncing    3ms ago       1     -\n"
        "node-a  10.0.0.3:8920  lost       65s ago       9     -  HDD   0 B of 1 KiB    ··········\n"
        "\n"
        "█ MEM  ▓ SSD  ░ HDD  · free   LOAD: 0 idle to 1 saturated, - not reported\n"
        "locus-meta's picture: epoch 5, 40ms old\n");
}

TEST_CASE("where the news of blocks comes from, and how a node was found, are columns where somebody says so",
          "[locusctl]") {
  v1::ListWorkersResponse response = Response(R"(
    workers {
      workers { address { host: "10.0.0.1" data_port: 29999 } node: "node-a" state: LIVE blocks: 7 blocks_from: MASTER
                matched_by: "node address" }
      workers { address { host: "10.0.0.2" data_port: 29999 } node: "node-b" state: LIVE blocks: 8 blocks_from: REPORT
                matched_by: "pod address" }
      workers { address { host: "vm-1" data_port: 29999 } state: LIVE blocks: 9 blocks_from: MASTER
                problem: "no node or worker pod is called 'vm-1'" }
    })");
  CHECK(RenderWorkers(response, {false, 120}) ==
        "NODE       MATCHED BY    ADDRESS         STATE    HEARD  BLOCKS  FROM    LOAD  TIER  USED\n"
        "! NO NODE  -             vm-1:29999      live   0ms ago       9  master     -\n"
        "node-a     node address  10.0.0.1:29999  live   0ms ago       7  master     -\n"
        "node-b     pod address   10.0.0.2:29999  live   0ms ago       8  report     -\n"
        "\n"
        "! vm-1:29999  no node or worker pod is called 'vm-1'\n"
        "1 worker on no known node: nothing cached there draws a pod\n"
        "\n"
        "█ MEM  ▓ SSD  ░ HDD  · free   LOAD: 0 idle to 1 saturated, - not reported\n"
        "locus-meta's picture: epoch 0, 0s old\n");
  const auto json = nlohmann::json::parse(WorkersToJson(response))["workers"];
  CHECK(json[0]["problem"] == "no node or worker pod is called 'vm-1'");
  CHECK(json[0]["matched_by"] == "");
  CHECK(json[1]["blocks_from"] == "master");
  CHECK(json[1]["matched_by"] == "node address");
  CHECK(json[2]["blocks_from"] == "report");
}

TEST_CASE("the JSON form of workers has absent loads as null", "[locusctl]") {
  const auto json = nlohmann::json::parse(WorkersToJson(Response(kThree)));
  REQUIRE(json["workers"].size() == 3);
  CHECK(json["workers"][0]["state"] == "live");
  CHECK(json["workers"][0]["load"] == nlohmann::json::parse(R"({"overall":0.95,"cpu":0.5})"));
  CHECK(json["workers"][0]["tiers"][1] ==
        nlohmann::json::parse(R"({"tier":"SSD","capacity_bytes":8589934592,"used_bytes":8589934592})"));
  CHECK(json["workers"][1]["load"].is_null());
}

TEST_CASE("no worker is a negative answer with advice", "[locusctl]") {
  FakeLocalitySource source;
  CapturedOutput captured;
  CHECK(RunWorkers(source, captured.AsText()) == 1);
  CHECK(captured.err.str().find("locus-meta at meta.test:8910 has heard of no worker\n  Start locus-worker") !=
        std::string::npos);
  CHECK(RunWorkers(source, captured.AsJson()) == 1);
  CHECK(nlohmann::json::parse(captured.out.str())["workers"].empty());
  source.workers = Response(kThree);
  CHECK(RunWorkers(source, captured.AsText()) == 0);
  source.status = Unavailable("gone");
  CHECK(RunWorkers(source, captured.AsText()) == 3);
}

TEST_CASE("hostile names of workers do not reach the terminal raw", "[locusctl]") {
  v1::ListWorkersResponse response = Response(kThree);
  v1::Worker* worker = response.mutable_workers()->mutable_workers(0);
  worker->set_node(kHostile);
  worker->set_version(kHostile);
  worker->set_matched_by(kHostile);
  worker->set_problem(kHostile);
  worker->mutable_address()->set_host(kHostile);
  CHECK(IsHarmless(RenderWorkers(response, {})));
  CHECK(IsHarmless(WorkersToJson(response)));
}
