#include <catch2/catch.hpp>

#include "tests/unit/locusctl/doctor/diagnosis_facts.h"

using namespace locus::ctl;

TEST_CASE("a listing that named executors for its cached blocks is well", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  CHECK(Told(DiagnoseTasks(facts), "30 blocks; for 30 executors were named"));
  facts.callers[0].blocks = 40;
  facts.callers[0].uncached = 10;
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kOk);
}

TEST_CASE("a front that is off, or that nobody has called, is told with the URI to use", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.callers.clear();
  Finding finding = DiagnoseTasks(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "nobody of this application has called the front"));
  CHECK(Fixes(finding, "alluxio://<front>/path"));
  facts.front = false;
  finding = DiagnoseTasks(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Fixes(finding, "front.enabled"));
}

TEST_CASE("a driver that lists elsewhere or is not recognised is told", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.callers.erase(facts.callers.begin());
  const Finding finding = DiagnoseTasks(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "10 files opened through the front, but none listed"));
  CHECK(Fixes(finding, "locus.dev/driver-address"));
}

TEST_CASE("a listing before there were executors is told", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.callers[0].executors = 0;
  facts.callers[0].rewritten = 0;
  facts.callers[0].without_executor = 30;
  Finding finding = DiagnoseTasks(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Fixes(finding, "minRegisteredResourcesRatio"));
  CHECK(Fixes(finding, "initialExecutors"));
  // One had come.
  facts.callers[0].executors = 1;
  facts.callers[0].rewritten = 10;
  finding = DiagnoseTasks(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "1 of now 3 executors"));
  CHECK(Fixes(finding, "anew"));
}

TEST_CASE("blocks on nodes without an executor are a matter of placement", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.callers[0].rewritten = 20;
  facts.callers[0].without_executor = 10;
  const Finding finding = DiagnoseTasks(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Fixes(finding, LayerName(Layer::kPods)));
}

TEST_CASE("cold data and listings without blocks leave the layer open", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.callers[0].rewritten = 0;
  facts.callers[0].uncached = 30;
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kUnknown);
  CHECK(Fixes(DiagnoseTasks(facts), "cold"));
  facts.callers[0].blocks = 0;
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kUnknown);
}

TEST_CASE("the driver's last listing decides, an executor's only where those list", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  // A single file, before it is opened.
  facts.callers[1] = {"10.0.0.1", "job-exec-1", 1, 10, 1, 0, 1, 0, 3, 9000};
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kOk);
  // With many paths the driver asks for folders only.
  facts.callers[0].blocks = 0;
  CHECK(Told(DiagnoseTasks(facts), "last listing, by job-exec-1"));
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kBroken);
  facts.callers.push_back({"10.0.0.2", "job-exec-2", 1, 0, 30, 30, 0, 0, 3, 9500});
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kOk);
}

TEST_CASE("a driver outside of the cluster is known by its address", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.pods.erase(facts.pods.begin());
  facts.callers[0].pod = "";
  facts.callers[0].address = "198.51.100.7";
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kOk);
  CHECK(Told(DiagnoseTasks(facts), "last listing, by 198.51.100.7"));
}

TEST_CASE("on the nodes' network executors have to be called as their workers", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.front = false;
  facts.callers.clear();
  for (PodFacts& pod : facts.pods) {
    pod.host_network = true;
    pod.address = pod.host_address;
  }
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kOk);
  facts.workers[1].host = "node-b.example";
  const Finding finding = DiagnoseTasks(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "is called 192.0.2.2, the worker on its node node-b.example"));
  CHECK(Fixes(finding, "alluxio.worker.hostname"));
  facts.workers.clear();
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kUnknown);
}

TEST_CASE("what Spark says of its tasks decides", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.tasks = TaskFacts{0, 28, 2};
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kOk);
  facts.tasks = TaskFacts{0, 10, 20};
  const Finding finding = DiagnoseTasks(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "10 tasks at NODE_LOCAL, 0 at PROCESS_LOCAL, 20 at ANY"));
  CHECK(Fixes(finding, "Iceberg"));
  // Local by Spark's own word, though the front has seen nobody.
  facts.callers.clear();
  facts.tasks = TaskFacts{30, 0, 0};
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kOk);
  // The cause that is seen comes before a guess.
  facts.tasks = TaskFacts{0, 0, 30};
  CHECK(Fixes(DiagnoseTasks(facts), "alluxio://<front>/path"));
  facts.tasks = TaskFacts{};
  CHECK(DiagnoseTasks(facts).verdict == Verdict::kBroken);
}
