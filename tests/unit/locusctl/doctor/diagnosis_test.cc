#include "locusctl/doctor/diagnosis.h"

#include <catch2/catch.hpp>

#include "tests/unit/locusctl/doctor/diagnosis_facts.h"

using namespace locus::ctl;

TEST_CASE("an application that reads locally is well in each layer", "[locusctl]") {
  const std::vector<Finding> findings = Diagnose(LocalApplication());
  REQUIRE(findings.size() == 3);
  for (const Finding& finding : findings) {
    INFO(LayerName(finding.layer));
    CHECK(finding.verdict == Verdict::kOk);
    CHECK_FALSE(finding.evidence.empty());
    CHECK(finding.fix.empty());
  }
  CHECK(findings[0].layer == Layer::kPods);
  CHECK(findings[2].layer == Layer::kReads);
}

TEST_CASE("inputs are gathered from all pods, once, as far as they can be asked for", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.pods[1].annotations["inputs"] = "/a,/b/{x,y}";
  facts.pods[2].annotations["inputs"] = "/a, nonsense";
  facts.pods[3].annotations.clear();
  CHECK(InputsOf(facts.pods) == std::vector<std::string>{"/a", "/b/{x,y}"});
  std::string many;
  for (int i = 0; i < 100; ++i) many += "/" + std::to_string(i) + ",";
  facts.pods[1].annotations["inputs"] = many;
  CHECK(InputsOf(facts.pods).size() == 64);
}

TEST_CASE("evidence of a large application is bounded and counts the rest", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  for (uint64_t i = 0; i < 1000; ++i) facts.pods.push_back(ExecutorOn(i + 10, "nowhere", "10.1.0.1"));
  for (const Finding& finding : Diagnose(facts)) CHECK(finding.evidence.size() <= 25);
  const Finding pods = DiagnosePods(facts);
  CHECK(pods.evidence.back().find("more line") != std::string::npos);
}

TEST_CASE("without a running executor nothing is judged", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  for (PodFacts& pod : facts.pods) pod.ended = true;
  for (const Finding& finding : Diagnose(facts)) {
    CHECK(finding.verdict == Verdict::kUnknown);
    CHECK_FALSE(finding.fix.empty());
  }
}
