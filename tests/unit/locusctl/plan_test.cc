#include "locusctl/plan.h"

#include <catch2/catch.hpp>

#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus::ctl;

namespace {

constexpr const char* kPlan = R"({"executors":4,"length_bytes":8589934592,"share_bytes":2147483648,
  "local_bytes":6442450944,"random_bytes":2147483648.5,"one_per_node_bytes":4294967296,"elsewhere":1,"cluster_known":true,
  "warnings":["input /y: nobody knows this path"],
  "places":[{"node":"n1","executors":2,"taken_bytes":{"MEM":4294967296,"SSD":0,"HDD":0},"cached_bytes":4294967296},
            {"node":"n2","executors":1,"taken_bytes":{"MEM":0,"SSD":2147483648,"HDD":0},"cached_bytes":3221225472}]})";

PlanOptions Four() {
  PlanOptions options;
  options.inputs = {"/x", "/y"};
  options.executors = 4;
  return options;
}

}  // namespace

TEST_CASE("a plan shows executors by node and what else would give", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {200, kPlan};
  CapturedOutput captured;
  CHECK(RunPlan(Four(), source, captured.AsText({false, 100})) == 0);
  CHECK(source.asked == "/v1/plan?inputs=%2Fx%2C%2Fy&executors=4");
  const std::string text = captured.out.str();
  CHECK(text.find("4 executors, 8 GiB of input, 2 GiB each\n") == 0);
  CHECK(text.find("warning: input /y: nobody knows this path\n") != std::string::npos);
  CHECK(text.find("  as planned          75.0% of the input (6 GiB)\n") != std::string::npos);
  CHECK(text.find("  on random nodes     25.0% of the input (2 GiB)\n") != std::string::npos);
  CHECK(text.find("  one on each node    50.0% of the input (4 GiB)\n") != std::string::npos);
}

TEST_CASE("what an executor asks for goes to the extender as it was written", "[locusctl]") {
  FakeDecisionSource source;
  source.answer = {200, kPlan};
  CapturedOutput captured;
  PlanOptions options = Four();
  options.inputs = {"s3a://bucket/a b"};
  options.share = "4GiB";
  options.layout = "pack";
  options.cpu = "1500m";
  options.memory = "4GiB";
  CHECK(RunPlan(options, source, captured.AsJson()) == 0);
  CHECK(source.asked ==
        "/v1/plan?inputs=s3a%3A%2F%2Fbucket%2Fa%20b&executors=4&share=4GiB&layout=pack&cpu=1500m&memory=4GiB");
}

TEST_CASE("a plan that cannot be made says why and what to do", "[locusctl]") {
  FakeDecisionSource source;
  CapturedOutput captured;
  source.answer = {503, R"({"error":"not known now: input_pending"})"};
  CHECK(RunPlan(Four(), source, captured.AsText()) == 1);
  CHECK(captured.err.str().find("no plan: not known now: input_pending") != std::string::npos);
  source.answer = {400, R"({"error":"cpu: write 2 or 1500m"})"};
  CHECK(RunPlan(Four(), source, captured.AsText()) == 2);
  source.answer = {200, R"({"executors":4})"};
  CHECK(RunPlan(Four(), source, captured.AsText()) == 3);
  source.answer = {404, "nginx"};
  CHECK(RunPlan(Four(), source, captured.AsText()) == 3);
}
