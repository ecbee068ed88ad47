// An application whose three layers hold: 3 executors on nodes a, b and c, which hold a third of the input each.
#pragma once

#include <string>
#include <utility>

#include "locusctl/doctor/diagnosis.h"

namespace locus::ctl {

inline PodFacts ExecutorOn(uint64_t number, const std::string& node, const std::string& address) {
  PodFacts pod;
  pod.name = "job-exec-" + std::to_string(number);
  pod.number = number;
  pod.node = node;
  pod.address = address;
  pod.host_address = "192.0.2." + std::to_string(number);
  pod.scheduler = "locus";
  pod.annotations = {{"inputs", "alluxio:///data"}};
  pod.alluxio_hostname = pod.host_address;
  pod.reads = {{pod.host_address, node, 1'000'000}};
  return pod;
}

inline ApplicationFacts LocalApplication() {
  ApplicationFacts facts;
  facts.space = "jobs";
  facts.id = "spark-1";
  facts.front = true;
  facts.pods = {ExecutorOn(1, "a", "10.0.0.1"), ExecutorOn(2, "b", "10.0.0.2"), ExecutorOn(3, "c", "10.0.0.3")};
  PodFacts driver;
  driver.name = "job-driver";
  driver.driver = true;
  driver.node = "z";
  driver.address = "10.0.0.9";
  facts.pods.insert(facts.pods.begin(), driver);
  facts.callers = {{"10.0.0.9", "job-driver", 4, 0, 30, 30, 0, 0, 3, 1000},
                   {"10.0.0.1", "job-exec-1", 0, 10, 0, 0, 0, 0, 0, 0}};
  facts.inputs = {{"alluxio:///data", true, "", 3000, 3000, {{"a", 1000}, {"b", 1000}, {"c", 1000}}}};
  facts.workers = {{"192.0.2.1", "a", true, true}, {"192.0.2.2", "b", true, true}, {"192.0.2.3", "c", true, true}};
  return facts;
}

// Some line of the evidence has this text.
inline bool Told(const Finding& finding, const std::string& text) {
  for (const std::string& line : finding.evidence) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

inline bool Fixes(const Finding& finding, const std::string& text) {
  return finding.fix.find(text) != std::string::npos;
}

}  // namespace locus::ctl
