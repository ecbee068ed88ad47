#include "locusctl/mounts.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

v1::ListMountsResponse Response(const std::string& text) {
  v1::ListMountsResponse response;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &response));
  return response;
}

constexpr const char* kTwo = R"(
  mounts { path: "/warehouse" ufs_uri: "s3a://bucket/warehouse" origin: MASTER }
  mounts { path: "/" ufs_uri: "file:///data" origin: CONFIGURED })";

}  // namespace

TEST_CASE("mounts are rows by path, with where each comes from", "[locusctl]") {
  CHECK(RenderMounts(Response(kTwo), {}) ==
        "PATH        UNDER-STORE             FROM\n"
        "/           file:///data            meta.yaml\n"
        "/warehouse  s3a://bucket/warehouse  Alluxio master\n");
}

TEST_CASE("the JSON form of mounts has their origin and what may be missing", "[locusctl]") {
  v1::ListMountsResponse response = Response(kTwo);
  response.set_problem("no leader yet");
  CHECK(nlohmann::json::parse(MountsToJson(response)) == nlohmann::json::parse(R"({
    "mounts": [{"path": "/", "ufs_uri": "file:///data", "origin": "configured"},
               {"path": "/warehouse", "ufs_uri": "s3a://bucket/warehouse", "origin": "master"}],
    "problem": "no leader yet"})"));
}

TEST_CASE("what keeps mounts from being known is shown", "[locusctl]") {
  FakeLocalitySource source;
  CapturedOutput captured;
  source.mounts = Response(kTwo);
  source.mounts.set_problem("the Alluxio master at m:19998 was not reached yet");
  CHECK(RunMounts(source, captured.AsText()) == 0);
  CHECK(captured.out.str().find("\n\nMounts may be missing: the Alluxio master at m:19998 was not reached yet\n") !=
        std::string::npos);
}

TEST_CASE("no mount is a negative answer with advice", "[locusctl]") {
  FakeLocalitySource source;
  CapturedOutput captured;
  CHECK(RunMounts(source, captured.AsText()) == 1);
  CHECK(captured.out.str().empty());
  CHECK(captured.err.str().find("locus-meta at meta.test:8910 has no mount") != std::string::npos);
  CHECK(RunMounts(source, captured.AsJson()) == 1);
  CHECK(nlohmann::json::parse(captured.out.str())["mounts"].empty());
  source.status = Unavailable("gone");
  CHECK(RunMounts(source, captured.AsText()) == 3);
}

TEST_CASE("hostile mounts do not reach the terminal raw", "[locusctl]") {
  v1::ListMountsResponse response = Response(kTwo);
  response.mutable_mounts(0)->set_path(kHostile);
  response.mutable_mounts(1)->set_ufs_uri(kHostile);
  response.set_problem(kHostile);
  CHECK(IsHarmless(RenderMounts(response, {})));
  CHECK(IsHarmless(MountsToJson(response)));
}
