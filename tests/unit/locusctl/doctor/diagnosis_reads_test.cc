#include <catch2/catch.hpp>

#include "tests/unit/locusctl/doctor/diagnosis_facts.h"

using namespace locus::ctl;

TEST_CASE("reads from the own node are well, with the share of each executor", "[locusctl]") {
  const Finding finding = DiagnoseReads(LocalApplication());
  CHECK(Told(finding, "executors read 100%"));
  CHECK(Told(finding, "executor 1 (job-exec-1) on a: 100%"));
  CHECK(Told(finding, "all executors know their own node's worker"));
}

TEST_CASE("reads from other nodes are told, the worst first", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.pods[2].reads = {{"192.0.2.1", "a", 3'000'000}, {"192.0.2.2", "b", 1'000'000}};
  Finding finding = DiagnoseReads(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "executors read 50.0%"));
  CHECK(Told(finding, "executor 2 (job-exec-2) on b: 25.0% of 3.81 MiB from its own node; 2.86 MiB from a"));
  CHECK(Fixes(finding, LayerName(Layer::kTasks)));
  facts.pods[2].alluxio_hostname.clear();
  finding = DiagnoseReads(facts);
  CHECK(Told(finding, "not set on 1 of 3 executors"));
  CHECK(Fixes(finding, "-Dalluxio.user.hostname=$(HOST_IP)"));
}

TEST_CASE("a host name that is not the node's worker's is told", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  for (PodFacts& pod : facts.pods) pod.reads.clear();
  facts.pods[1].alluxio_hostname = "a.example";
  const Finding finding = DiagnoseReads(facts);
  CHECK(finding.verdict == Verdict::kBroken);
  CHECK(Told(finding, "takes 'a.example' for its node's worker, which is '192.0.2.1'"));
}

TEST_CASE("local reads are well whatever the clients are told", "[locusctl]") {
  // With one copy of a block there is nothing to choose.
  ApplicationFacts facts = LocalApplication();
  for (PodFacts& pod : facts.pods) pod.alluxio_hostname.clear();
  CHECK(DiagnoseReads(facts).verdict == Verdict::kOk);
  CHECK(Told(DiagnoseReads(facts), "not set on 3 of 3 executors"));
}

TEST_CASE("without figures the configuration alone is judged, and why is told", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  for (PodFacts& pod : facts.pods) pod.reads.clear();
  CHECK(DiagnoseReads(facts).verdict == Verdict::kUnknown);
  CHECK(Told(DiagnoseReads(facts), "short circuit"));
  for (WorkerFacts& worker : facts.workers) worker.counts = false;
  CHECK(DiagnoseReads(facts).verdict == Verdict::kUnknown);
  CHECK(Told(DiagnoseReads(facts), "no locus-worker with mode: agent"));
  for (PodFacts& pod : facts.pods) pod.alluxio_hostname.clear();
  CHECK(DiagnoseReads(facts).verdict == Verdict::kBroken);
}

TEST_CASE("a few remote bytes do not condemn reads that are not seen", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.inputs[0].length_bytes = 1'000'000'000;
  for (PodFacts& pod : facts.pods) {
    if (!pod.driver) pod.reads = {{"192.0.2.9", "x", 1'000'000}};
  }
  CHECK(DiagnoseReads(facts).verdict == Verdict::kUnknown);
  // A tenth of the input is not a few.
  for (PodFacts& pod : facts.pods) {
    if (!pod.driver) pod.reads = {{"192.0.2.9", "x", 40'000'000}};
  }
  CHECK(DiagnoseReads(facts).verdict == Verdict::kBroken);
}

TEST_CASE("a worker on no known node is the own one by its address", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  for (PodFacts& pod : facts.pods) {
    for (ReadFacts& read : pod.reads) read.node.clear();
  }
  CHECK(DiagnoseReads(facts).verdict == Verdict::kOk);
  facts.pods[1].reads[0].worker_host = "192.0.2.9";
  CHECK(DiagnoseReads(facts).verdict == Verdict::kBroken);
  CHECK(Told(DiagnoseReads(facts), "from 192.0.2.9"));
}

TEST_CASE("what the driver reads does not count", "[locusctl]") {
  ApplicationFacts facts = LocalApplication();
  facts.pods[0].reads = {{"192.0.2.1", "a", 1'000'000'000}};
  CHECK(DiagnoseReads(facts).verdict == Verdict::kOk);
}
