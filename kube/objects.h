// What Locus needs of the API server's objects (https://kubernetes.io/docs/reference/kubernetes-api/).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"

namespace locus::kube {

// Amounts that a pod asks for, or that a node has for pods.
struct Resources {
  int64_t cpu_milli = 0;
  int64_t memory_bytes = 0;
  // Of a node: how many pods it takes. Of a pod: 1.
  int64_t pods = 0;
  // What else is counted, such as nvidia.com/gpu or ephemeral-storage; in its own unit.
  std::map<std::string, int64_t> others;
};

struct NodeAddress {
  // InternalIP, ExternalIP, InternalDNS, ExternalDNS, Hostname.
  std::string type;
  std::string address;
};

struct Taint {
  std::string key;
  std::string value;
  // NoSchedule, PreferNoSchedule, NoExecute.
  std::string effect;
};

struct Node {
  std::string name;
  // Label kubernetes.io/hostname; empty when absent.
  std::string hostname_label;
  std::vector<NodeAddress> addresses;
  // All labels.
  std::map<std::string, std::string> labels;
  Resources allocatable;
  // spec.unschedulable.
  bool cordoned = false;
  std::vector<Taint> taints;
};

struct Toleration {
  // Empty: every key.
  std::string key;
  // Equal or Exists.
  std::string op;
  std::string value;
  // Empty: every effect.
  std::string effect;
};

// One requirement of a node selector term.
struct NodeRequirement {
  std::string key;
  // The key is a field of the node (metadata.name), not a label.
  bool of_field = false;
  // In, NotIn, Exists, DoesNotExist, Gt, Lt.
  std::string op;
  std::vector<std::string> values;
};
// All of them must hold.
using NodeTerm = std::vector<NodeRequirement>;

// What keeps a pod from some nodes, apart from room.
struct PodConstraints {
  std::map<std::string, std::string> node_selector;
  // nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution: one of them must hold; absent: no such wish.
  std::optional<std::vector<NodeTerm>> affinity;
  std::vector<Toleration> tolerations;
};

struct Owner {
  std::string kind;
  std::string name;
  std::string uid;
  bool controller = false;
};

struct Pod {
  std::string space;
  std::string name;
  std::string uid;
  // spec.nodeName; empty until it is scheduled.
  std::string node;
  std::vector<std::string> ips;
  // status.hostIP.
  std::string host_ip;
  bool host_network = false;
  // Of the containers' environment, which is not kept: see kube/pod_environment.h. Both empty for most pods.
  std::string spark_driver_host;
  std::string alluxio_user_hostname;
  std::string hostname;
  std::string subdomain;
  // Phase Succeeded or Failed: its addresses may be another pod's by now.
  bool finished = false;
  // It has a deletionTimestamp.
  bool deleted = false;
  std::string scheduler;
  std::map<std::string, std::string> labels;
  // Those with the prefix locus.dev/ only.
  std::map<std::string, std::string> annotations;
  std::vector<Owner> owners;
  WallTime created;
  // Names of spec.schedulingGates, in order.
  std::vector<std::string> gates;
  // The scheduler's sum: containers, init containers, overhead
  // (https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers).
  Resources requests;
  PodConstraints constraints;
};

}  // namespace locus::kube
