// The Kubernetes nodes and Alluxio worker pods that workers are matched to: plain values. Pure.
#pragma once

#include <string>
#include <vector>

namespace locus::meta {

struct NodeAddress {
  // As in Node.status.addresses: InternalIP, ExternalIP, InternalDNS, ExternalDNS, Hostname; empty for one that an
  // operator has configured.
  std::string type;
  std::string address;
  auto operator<=>(const NodeAddress&) const = default;
};

struct DirectoryNode {
  std::string name;
  // Label kubernetes.io/hostname; may be empty.
  std::string hostname_label;
  std::vector<NodeAddress> addresses;
  auto operator<=>(const DirectoryNode&) const = default;
};

struct DirectoryPod {
  std::string space;
  std::string name;
  // spec.nodeName; a pod without one is passed over.
  std::string node;
  std::vector<std::string> ips;
  // spec.hostname and spec.subdomain; may be empty. A pod with a subdomain is called
  // <hostname or name>.<subdomain>.<namespace>.svc.<cluster domain>.
  std::string hostname;
  std::string subdomain;
  auto operator<=>(const DirectoryPod&) const = default;
};

struct NodeDirectory {
  std::vector<DirectoryNode> nodes;
  std::vector<DirectoryPod> pods;
  bool operator==(const NodeDirectory&) const = default;
};

}  // namespace locus::meta
