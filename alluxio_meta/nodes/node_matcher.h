// Which Kubernetes node an Alluxio worker runs on. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "alluxio_meta/nodes/node_directory.h"

namespace locus::meta {

// What a worker tells the master of itself.
struct WorkerIdentity {
  std::string host;
  // Its address on the pod network; may be empty.
  std::string container_host;
  // tieredIdentity's value of the tier "node"; may be empty.
  std::string identity_node;
};

struct NodeMatch {
  // Empty: no node, and `problem` says why, and what to do.
  std::string node;
  // Which fact decided, for a person; a constant. Empty when unmatched.
  std::string_view matched_by;
  std::string problem;
};

// Facts are tried from the surest to the weakest, and the first that names a node decides:
//
//   host            node name, hostname label, node address, external address, pod address
//   containerHost   container address
//   tiered identity the same facts as host: tiered identity
//   host            pod name, dashed pod address, short name
//
// Names and addresses are compared as HostKey gives them. A fact that fits several nodes decides nothing: weaker facts
// may then choose among those nodes, and no other. Short names match when one of the two names is the beginning of the
// other (node-1 and node-1.example.org; not node-1.a and node-1.b, which may be two machines).
//
// DNS is not asked. Its answers depend on who asks and when, would have to be waited for worker by worker, and what
// they could add, the address behind a pod's reverse-DNS name, stands in that name already.
//
// Immutable once built, so thread-safe. Building is linear in the directory, a match takes constant time.
class NodeMatcher {
 public:
  // Matches nothing.
  NodeMatcher() = default;
  explicit NodeMatcher(const NodeDirectory& directory);

  NodeMatch Match(const WorkerIdentity& worker) const;

 private:
  using NodeIds = std::vector<uint32_t>;
  // Key -> nodes that it fits, ascending, each once.
  using Index = std::unordered_map<std::string, NodeIds>;
  struct Named {
    std::string name;
    uint32_t node = 0;
  };
  class Search;

  void AddNode(const DirectoryNode& node, uint32_t id);
  void AddPod(const DirectoryPod& pod, uint32_t id);
  void AddName(const std::string& name, uint32_t id);
  static void Add(Index& index, const std::string& text, uint32_t id);
  NodeIds PodsCalled(const std::string& key) const;
  NodeIds ShortlyCalled(const std::string& key) const;

  std::vector<std::string> names_;
  bool has_pods_ = false;
  Index by_name_;
  Index by_label_;
  Index by_address_;
  Index by_external_;
  Index by_pod_address_;
  Index by_pod_name_;
  // First label -> whole names.
  std::unordered_map<std::string, std::vector<Named>> by_first_label_;
};

}  // namespace locus::meta
