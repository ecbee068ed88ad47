#include "locusctl/locality.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

v1::GetLocalityResponse Response(const std::string& text) {
  v1::GetLocalityResponse response;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &response));
  return response;
}

// 10 GiB in 160 blocks: half in node-a's memory, a quarter on node-b in two tiers.
constexpr const char* kEvents = R"(
  freshness { run: 7 epoch: 42 age_ms: 120 }
  inputs {
    input: "alluxio:///warehouse/events" state: KNOWN
    length_bytes: 10737418240 files: 3 blocks: 160 cached_bytes: 8053063680
    holders { address { host: "10.0.0.2" data_port: 8920 } node: "node-b"
              tiers { tier: TIER_SSD bytes: 1610612736 } tiers { tier: TIER_HDD bytes: 1073741824 } }
    holders { address { host: "10.0.0.1" container_host: "172.17.0.3" data_port: 8920 } node: "node-a"
              tiers { tier: TIER_MEM bytes: 5368709120 } }
  })";

}  // namespace

TEST_CASE("an input is a line of totals and a row for each holder, most bytes first", "[locusctl]") {
  CHECK(RenderLocality(Response(kEvents), {false, 110}) ==
        "alluxio:///warehouse/events  10 GiB in 3 files, 160 blocks; cached 7.5 GiB (75.0%)\n"
        "  NODE    ADDRESS                       MEM      SSD    HDD  OF INPUT\n"
        "  node-a  10.0.0.1:8920 (172.17.0.3)  5 GiB        -      -     50.0%  ██████████··········\n"
        "  node-b  10.0.0.2:8920                   -  1.5 GiB  1 GiB     25.0%  ▓▓▓░░···············\n"
        "\n"
        "█ MEM  ▓ SSD  ░ HDD  · not on this node\n"
        "locus-meta's picture: epoch 42, 120ms old\n");
}

TEST_CASE("inputs without figures say what to do next", "[locusctl]") {
  const std::string text = RenderLocality(Response(R"(
    inputs { input: "/a" state: UNKNOWN }
    inputs { input: "/b" state: PENDING }
    inputs { input: "s3a://x/y" state: INVALID problem: "no mount shows s3a://x" })"),
                                          {});
  CHECK(text.find("/a  unknown\n  No such file or folder at the source. Check the spelling") != std::string::npos);
  CHECK(text.find("/b  pending\n  locus-meta has asked its source") != std::string::npos);
  CHECK(text.find("s3a://x/y  invalid: no mount shows s3a://x\n  Write alluxio:///path") != std::string::npos);
  // No bars, so no legend.
  CHECK(text.find("MEM") == std::string::npos);
}

TEST_CASE("nothing cached and an empty input are told plainly", "[locusctl]") {
  const std::string text = RenderLocality(Response(R"(
    inputs { input: "/cold" state: KNOWN length_bytes: 100 files: 1 blocks: 1 }
    inputs { input: "/empty" state: KNOWN })"),
                                          {});
  CHECK(text.find("/cold  100 B in 1 file, 1 block; cached 0 B (0.0%)\n  No live worker holds any of it.\n") !=
        std::string::npos);
  CHECK(text.find("/empty  0 B in 0 files, 0 blocks; cached 0 B (-)\n") != std::string::npos);
}

TEST_CASE("a stale picture is called stale", "[locusctl]") {
  CHECK(RenderLocality(Response("freshness { epoch: 1 age_ms: 90000 stale: true }"), {}).find("1.5m old. STALE: ") !=
        std::string::npos);
}

TEST_CASE("an unmatched worker and a tier of tomorrow are shown", "[locusctl]") {
  const std::string text = RenderLocality(Response(R"(
    inputs { input: "/a" state: KNOWN length_bytes: 100 files: 1 blocks: 1 cached_bytes: 100
      holders { address { host: "fd00::1" data_port: 1 } tiers { tier: 9 bytes: 100 } } })"),
                                          {});
  CHECK(text.find("(no node)") != std::string::npos);
  CHECK(text.find("[fd00::1]:1") != std::string::npos);
  CHECK(text.find("100%  ▒▒▒▒") != std::string::npos);
}

TEST_CASE("hostile names do not reach the terminal raw", "[locusctl]") {
  v1::GetLocalityResponse response = Response(kEvents);
  // As the wire could carry them: the generated setters do not check.
  response.mutable_inputs(0)->set_input(kHostile);
  response.mutable_inputs(0)->mutable_holders(0)->set_node(kHostile);
  response.mutable_inputs(0)->mutable_holders(0)->mutable_address()->set_host(kHostile);
  v1::InputLocality* invalid = response.add_inputs();
  invalid->set_state(v1::InputLocality::INVALID);
  invalid->set_problem(kHostile);
  CHECK(IsHarmless(RenderLocality(response, {})));
  const std::string json = LocalityToJson(response);
  CHECK(IsHarmless(json));
  CHECK(nlohmann::json::parse(json)["inputs"].size() == 2);
}

TEST_CASE("the JSON form has every figure as a number", "[locusctl]") {
  const auto json = nlohmann::json::parse(LocalityToJson(Response(kEvents)));
  CHECK(json["freshness"] == nlohmann::json::parse(R"({"run":"7","epoch":42,"age_ms":120,"stale":false})"));
  const auto& input = json["inputs"][0];
  CHECK(input["state"] == "known");
  CHECK(input["length_bytes"] == 10737418240);
  CHECK(input["cached_bytes"] == 8053063680);
  CHECK(input["holders"][0] == nlohmann::json::parse(R"({
    "address": {"host": "10.0.0.2", "container_host": "", "data_port": 8920}, "node": "node-b",
    "bytes": {"MEM": 0, "SSD": 1610612736, "HDD": 1073741824}})"));
}

TEST_CASE("the exit code says whether every input is known", "[locusctl]") {
  FakeLocalitySource source;
  source.locality = Response(kEvents);
  CapturedOutput captured;
  CHECK(RunLocality({"alluxio:///warehouse/events"}, source, captured.AsText()) == 0);
  CHECK(source.asked == std::vector<std::string>{"alluxio:///warehouse/events"});
  CHECK(captured.err.str().empty());
  source.locality.add_inputs()->set_state(v1::InputLocality::PENDING);
  CHECK(RunLocality({"a", "b"}, source, captured.AsText()) == 1);
  CHECK(RunLocality({"a", "b"}, source, captured.AsJson()) == 1);
}

TEST_CASE("a failed call says what failed, where, and what to do", "[locusctl]") {
  struct Example {
    absl::Status status;
    int exit_code;
    const char* text;
  };
  for (const Example& e : {
           Example{Unavailable("Connection refused"), 3,
                   "locusctl: cannot ask for locality: cannot reach locus-meta at meta.test:8910: Connection refused\n"
                   "  Check that locus-meta runs and listens there, or name another address with --meta HOST:PORT or "
                   "LOCUS_META.\n"},
           Example{
               InvalidArgument("inputs[0]: longer than 4096 bytes"), 2,
               "locusctl: locus-meta at meta.test:8910 refused to ask for locality: inputs[0]: longer than 4096 bytes\n"
               "  Correct what it names and ask again.\n"},
           Example{absl::DeadlineExceededError("Deadline Exceeded"), 3, "gave no answer in time"},
           Example{absl::UnimplementedError("x"), 3, "what listens at meta.test:8910 is not locus-meta"},
           Example{Exhausted("inputs followed"), 3, "is at a bound: inputs followed"},
       }) {
    FakeLocalitySource source;
    source.status = e.status;
    CapturedOutput captured;
    CHECK(RunLocality({"/a"}, source, captured.AsText()) == e.exit_code);
    CHECK(captured.err.str().find(e.text) != std::string::npos);
    CHECK(captured.out.str().empty());
  }
}

TEST_CASE("hostile error texts do not reach the terminal raw", "[locusctl]") {
  FakeLocalitySource source;
  source.status = Unavailable(kHostile);
  CapturedOutput captured;
  RunLocality({"/a"}, source, captured.AsText());
  CHECK(IsHarmless(captured.err.str()));
}

TEST_CASE("workers beyond a bound are counted", "[locusctl]") {
  CHECK(RenderLocality(Response(kEvents), {false, 110}, 1) ==
        "alluxio:///warehouse/events  10 GiB in 3 files, 160 blocks; cached 7.5 GiB (75.0%)\n"
        "  NODE    ADDRESS                       MEM  SSD  HDD  OF INPUT\n"
        "  node-a  10.0.0.1:8920 (172.17.0.3)  5 GiB    -    -     50.0%  ██████████··········\n"
        "  and 1 more worker\n"
        "\n"
        "█ MEM  ▓ SSD  ░ HDD  · not on this node\n"
        "locus-meta's picture: epoch 42, 120ms old\n");
  CHECK(RenderLocality(Response(kEvents), {}, 0).find("(75.0%)\n  and 2 workers\n") != std::string::npos);
}
