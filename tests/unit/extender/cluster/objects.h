// Nodes and pods as the API server shows them, in a few words.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "kube/objects.h"

namespace locus::extender {

inline kube::Node MakeNode(std::string name, int64_t cpu_milli = 4000, const std::string& zone = "") {
  kube::Node node;
  node.name = std::move(name);
  if (!zone.empty()) node.labels["topology.kubernetes.io/zone"] = zone;
  node.allocatable = {cpu_milli, int64_t{16} << 30, 110, {}};
  return node;
}

// Its uid is "uid-<name>".
inline kube::Pod MakePod(std::string name, std::string node = "", int64_t cpu_milli = 1000) {
  kube::Pod pod;
  pod.space = "default";
  pod.uid = "uid-" + name;
  pod.name = std::move(name);
  pod.node = std::move(node);
  pod.scheduler = "locus";
  pod.requests = {cpu_milli, int64_t{1} << 30, 1, {}};
  return pod;
}

inline kube::Pod MakeExecutor(std::string name, const std::string& application, std::string node = "") {
  kube::Pod pod = MakePod(std::move(name), std::move(node));
  pod.labels = {
      {"spark-app-selector", application}, {"spark-role", "executor"}, {"spark-exec-resourceprofile-id", "0"}};
  return pod;
}

inline kube::Pod WithInputs(kube::Pod pod, const std::string& inputs = "alluxio:///a") {
  pod.annotations["locus.dev/inputs"] = inputs;
  return pod;
}

inline kube::Pod MakeDriver(std::string name, const std::string& application, std::string node = "") {
  kube::Pod pod = WithInputs(MakePod(std::move(name), std::move(node)));
  pod.labels = {{"spark-app-selector", application}, {"spark-role", "driver"}};
  return pod;
}

// A pod of a Job.
inline kube::Pod MakeTask(std::string name, const std::string& job_uid, std::string node = "") {
  kube::Pod pod = WithInputs(MakePod(std::move(name), std::move(node)));
  pod.owners = {{"Job", "job", job_uid, true}};
  return pod;
}

}  // namespace locus::extender
