// What Locus needs of the API server's objects (https://kubernetes.io/docs/reference/kubernetes-api/).
#pragma once

#include <string>
#include <vector>

namespace locus::kube {

struct NodeAddress {
  // InternalIP, ExternalIP, InternalDNS, ExternalDNS, Hostname.
  std::string type;
  std::string address;
};

struct Node {
  std::string name;
  // Label kubernetes.io/hostname; empty when absent.
  std::string hostname_label;
  std::vector<NodeAddress> addresses;
};

struct Pod {
  std::string space;
  std::string name;
  // spec.nodeName; empty until it is scheduled.
  std::string node;
  std::vector<std::string> ips;
  std::string hostname;
  std::string subdomain;
  // Phase Succeeded or Failed: its addresses may be another pod's by now.
  bool finished = false;
};

}  // namespace locus::kube
