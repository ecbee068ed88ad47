// Pods of Spark applications, as the API server shows them, in a few words.
#pragma once

#include <string>
#include <utility>

#include "kube/objects.h"

namespace locus::meta {

// Its name is "<application>-exec-<number>"; the node's address is "10.0.0.<n>" for node "n<n>".
inline kube::Pod MakeExecutor(const std::string& application, int number, const std::string& address,
                              const std::string& node = "n1") {
  kube::Pod pod;
  pod.space = "default";
  pod.name = application + "-exec-" + std::to_string(number);
  pod.uid = "uid-" + pod.name;
  pod.node = node;
  if (!address.empty()) pod.ips = {address};
  if (!node.empty()) pod.host_ip = "10.0.0." + node.substr(1);
  pod.scheduler = "locus";
  pod.labels = {{"spark-app-selector", application},
                {"spark-role", "executor"},
                {"spark-app-name", "name-of-" + application},
                {"spark-exec-id", std::to_string(number)}};
  return pod;
}

inline kube::Pod MakeDriver(const std::string& application, const std::string& address,
                            const std::string& node = "n1") {
  kube::Pod pod = MakeExecutor(application, 0, address, node);
  pod.name = application + "-driver";
  pod.labels["spark-role"] = "driver";
  pod.labels.erase("spark-exec-id");
  return pod;
}

inline kube::Pod OnHostNetwork(kube::Pod pod) {
  pod.host_network = true;
  pod.ips = {pod.host_ip};
  return pod;
}

inline kube::Pod WithDriverAt(kube::Pod pod, std::string host) {
  pod.spark_driver_host = std::move(host);
  return pod;
}

inline kube::Pod WithAnnotation(kube::Pod pod, const std::string& name, std::string value) {
  pod.annotations["locus.dev/" + name] = std::move(value);
  return pod;
}

}  // namespace locus::meta
