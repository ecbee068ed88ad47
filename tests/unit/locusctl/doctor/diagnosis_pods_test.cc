#include <catch2/catch.hpp>

#include "tests/unit/locusctl/doctor/diagnosis_facts.h"

using namespace locus::ctl;

TEST_CASE("executors are told with what lies on their nodes", "[locusctl]") {
  const Finding finding = DiagnosePods(LocalApplication());
  CHECK(Told(finding, "hold 100% of the inputs"));
  CHECK(Told(finding, "executor 2 (job-exec-2) on b: 1000 B"));
}

TEST_CASE("an application that names no input cannot be placed", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  for (PodFacts& pod : facts.pods) pod.annotations.clear();
  facts.inputs.clear();
  const Finding finding = DiagnosePods(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Fixes(finding, "locus.dev/inputs"));
}

TEST_CASE("an executor away from the data is told with the likeliest cause", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  PodFacts& away = facts.pods[3];
  away.node = "d";
  Finding finding = DiagnosePods(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "1 of 3 executors are on nodes with none"));
  CHECK(Told(finding, "on d: 0 B"));
  CHECK(Fixes(finding, "locusctl explain jobs/job-exec-3"));
  CHECK(Fixes(finding, "--policy wait"));

  away.annotations["policy"] = "wait";
  CHECK(Fixes(DiagnosePods(facts), "--max-wait"));
  away.annotations["planned-node"] = "c";
  CHECK(Told(DiagnosePods(facts), "planned for c"));
  away.annotations.clear();
  CHECK(Fixes(DiagnosePods(facts), "annotation.locus.dev/inputs"));
  away.scheduler = "default-scheduler";
  CHECK(Fixes(DiagnosePods(facts), "spark.kubernetes.executor.scheduler.name=locus"));
  facts.scheduler = "default-scheduler";
  CHECK_FALSE(Fixes(DiagnosePods(facts), "scheduler.name"));
}

TEST_CASE("executors on poor holders are misplaced too", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.inputs[0].nodes = {{"a", 10}, {"b", 10}, {"c", 10}, {"d", 990}, {"e", 990}, {"f", 990}};
  const Finding finding = DiagnosePods(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "the best 3 nodes hold"));
}

TEST_CASE("several executors on one holder, and copies, are no fault", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  for (PodFacts& pod : facts.pods) pod.node = "a";
  facts.inputs[0].nodes = {{"a", 3000}, {"b", 3000}};
  CHECK(DiagnosePods(facts).verdict == Verdict::kOk);
  // Beyond what is cached nothing can be covered, however many copies there are.
  facts.pods[2].node = "b";
  CHECK(Told(DiagnosePods(facts), "hold 100% of the inputs (2.93 KiB of 2.93 KiB"));
}

TEST_CASE("cold data, unknown inputs and waiting executors leave the layer open", "[locusctl]") {
  ApplicationFacts cold = LocalApplication();
  cold.inputs[0].nodes.clear();
  cold.inputs[0].cached_bytes = 0;
  CHECK(DiagnosePods(cold).verdict == Verdict::kUnknown);
  CHECK(Fixes(DiagnosePods(cold), "first scan"));
  // Cached, but by a worker that matches no node.
  cold.inputs[0].nodes = {{"", 3000}};
  cold.inputs[0].cached_bytes = 3000;
  CHECK(DiagnosePods(cold).verdict == Verdict::kUnknown);

  ApplicationFacts unknown = LocalApplication();
  unknown.inputs[0] = {"alluxio:///data", false, "there is no such path", 0, 0, {}};
  CHECK(DiagnosePods(unknown).verdict == Verdict::kUnknown);
  CHECK(Told(DiagnosePods(unknown), "there is no such path"));

  ApplicationFacts waiting = LocalApplication();
  for (PodFacts& pod : waiting.pods) pod.node.clear();
  CHECK(DiagnosePods(waiting).verdict == Verdict::kUnknown);
  CHECK(Told(DiagnosePods(waiting), "not scheduled"));
}
