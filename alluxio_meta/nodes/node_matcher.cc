#include "alluxio_meta/nodes/node_matcher.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "alluxio_meta/nodes/host_name.h"

namespace locus::meta {
namespace {

// Host names have at most 253 characters; what claims to be one is quoted up to there.
constexpr size_t kMaxQuoted = 253;
// Nodes that a message names; the rest is counted.
constexpr size_t kMaxNamed = 3;

std::string Quoted(const std::string& text) { return "'" + text.substr(0, kMaxQuoted) + "'"; }

void AddSorted(std::vector<uint32_t>& ids, uint32_t id) {
  const auto place = std::lower_bound(ids.begin(), ids.end(), id);
  if (place == ids.end() || *place != id) ids.insert(place, id);
}

// Whether `beginning` is the whole of `name`, or its first labels.
bool BeginsWithLabels(std::string_view name, std::string_view beginning) {
  return name.starts_with(beginning) && (name.size() == beginning.size() || name[beginning.size()] == '.');
}

}  // namespace

// One worker's way through the facts.
class NodeMatcher::Search {
 public:
  explicit Search(const NodeMatcher& matcher) : matcher_(matcher) {}

  // True when the search is over.
  bool Try(const Index& index, const std::string& key, std::string_view fact) {
    const auto found = index.find(key);
    return found != index.end() && Try(found->second, key, fact);
  }
  bool Try(const NodeIds& fitting, const std::string& key, std::string_view fact) {
    NodeIds left = fitting;
    if (!several_.empty()) {
      left.clear();
      std::set_intersection(several_.begin(), several_.end(), fitting.begin(), fitting.end(), std::back_inserter(left));
    }
    if (left.size() == 1) {
      match_.node = matcher_.names_[left.front()];
      match_.matched_by = fact;
      return true;
    }
    if (left.size() > 1) {
      if (several_.empty()) Remember(fitting, key, fact);
      several_ = std::move(left);
    }
    return false;
  }
  // The facts that say the most, tried for the host and for the tiered identity; the names as they are told.
  bool TryStrong(const std::string& key, std::string_view whole) {
    const auto told = [whole](std::string_view fact) { return whole.empty() ? fact : whole; };
    return Try(matcher_.by_name_, key, told("node name")) || Try(matcher_.by_label_, key, told("hostname label")) ||
           Try(matcher_.by_address_, key, told("node address")) ||
           Try(matcher_.by_external_, key, told("external address")) ||
           Try(matcher_.by_pod_address_, key, told("pod address"));
  }

  NodeMatch Found() { return match_; }
  // Why several nodes fit; empty when none does.
  const std::string& ambiguity() const { return ambiguity_; }

 private:
  void Remember(const NodeIds& nodes, const std::string& key, std::string_view fact) {
    ambiguity_ = Quoted(key) + " (" + std::string(fact) + ") fits " + std::to_string(nodes.size()) + " nodes: ";
    for (size_t i = 0; i < std::min(nodes.size(), kMaxNamed); ++i) {
      ambiguity_ += (i == 0 ? "" : ", ") + matcher_.names_[nodes[i]];
    }
    if (nodes.size() > kMaxNamed) ambiguity_ += ", ...";
    ambiguity_ += "; set alluxio.worker.hostname of each worker to its node's IP (status.hostIP)";
  }

  const NodeMatcher& matcher_;
  NodeMatch match_;
  // Nodes among which a weaker fact may choose; empty: all.
  NodeIds several_;
  std::string ambiguity_;
};

NodeMatcher::NodeMatcher(const NodeDirectory& directory) {
  std::unordered_map<std::string, uint32_t> ids;
  const auto id_of = [&](const std::string& name) {
    const auto [place, fresh] = ids.try_emplace(name, static_cast<uint32_t>(names_.size()));
    if (fresh) names_.push_back(name);
    return place->second;
  };
  for (const DirectoryNode& node : directory.nodes) {
    if (!node.name.empty()) AddNode(node, id_of(node.name));
  }
  for (const DirectoryPod& pod : directory.pods) {
    // The node may be younger than the list of nodes: its name is all that a match needs.
    if (!pod.node.empty()) AddPod(pod, id_of(pod.node));
  }
}

void NodeMatcher::Add(Index& index, const std::string& text, uint32_t id) {
  std::string key = HostKey(text);
  if (!key.empty()) AddSorted(index[std::move(key)], id);
}

void NodeMatcher::AddName(const std::string& name, uint32_t id) {
  const std::string key = HostKey(name);
  if (key.empty() || CanonicalIp(key)) return;
  std::vector<Named>& named = by_first_label_[key.substr(0, key.find('.'))];
  const bool there =
      std::any_of(named.begin(), named.end(), [&](const Named& n) { return n.node == id && n.name == key; });
  if (!there) named.push_back({key, id});
}

void NodeMatcher::AddNode(const DirectoryNode& node, uint32_t id) {
  Add(by_name_, node.name, id);
  Add(by_label_, node.hostname_label, id);
  AddName(node.name, id);
  AddName(node.hostname_label, id);
  for (const NodeAddress& address : node.addresses) {
    Add(address.type.starts_with("External") ? by_external_ : by_address_, address.address, id);
    AddName(address.address, id);
  }
}

void NodeMatcher::AddPod(const DirectoryPod& pod, uint32_t id) {
  has_pods_ = true;
  for (const std::string& ip : pod.ips) Add(by_pod_address_, ip, id);
  Add(by_pod_name_, pod.name, id);
  Add(by_pod_name_, pod.hostname, id);
  if (pod.subdomain.empty()) return;
  const std::string name = (pod.hostname.empty() ? pod.name : pod.hostname) + "." + pod.subdomain;
  Add(by_pod_name_, name, id);
  Add(by_pod_name_, name + "." + pod.space, id);
}

NodeMatcher::NodeIds NodeMatcher::PodsCalled(const std::string& key) const {
  auto found = by_pod_name_.find(key);
  // Below "svc" comes the cluster's domain, which no object tells.
  const size_t service = key.find(".svc");
  const bool whole_label = service != std::string::npos && (service + 4 == key.size() || key[service + 4] == '.');
  if (found == by_pod_name_.end() && whole_label) found = by_pod_name_.find(key.substr(0, service));
  return found == by_pod_name_.end() ? NodeIds() : found->second;
}

NodeMatcher::NodeIds NodeMatcher::ShortlyCalled(const std::string& key) const {
  NodeIds ids;
  const auto found = by_first_label_.find(key.substr(0, key.find('.')));
  if (found == by_first_label_.end()) return ids;
  for (const Named& named : found->second) {
    if (BeginsWithLabels(named.name, key) || BeginsWithLabels(key, named.name)) AddSorted(ids, named.node);
  }
  return ids;
}

NodeMatch NodeMatcher::Match(const WorkerIdentity& worker) const {
  Search search(*this);
  const std::string host = HostKey(worker.host);
  const std::string container = HostKey(worker.container_host);
  const std::string identity = HostKey(worker.identity_node);
  if (search.TryStrong(host, "")) return search.Found();
  if (search.Try(by_pod_address_, container, "container address")) return search.Found();
  if (!identity.empty() && search.TryStrong(identity, "tiered identity")) return search.Found();
  if (!CanonicalIp(host)) {
    if (search.Try(PodsCalled(host), host, "pod name")) return search.Found();
    const std::optional<std::string> dashed = DashedIp(host);
    if (dashed && search.Try(by_pod_address_, *dashed, "dashed pod address")) return search.Found();
    if (search.Try(ShortlyCalled(host), host, "short name")) return search.Found();
  }

  NodeMatch unmatched;
  if (names_.empty()) {
    unmatched.problem = "no node is known: name them under nodes.known, or the API server under nodes.kubernetes";
  } else if (!search.ambiguity().empty()) {
    unmatched.problem = search.ambiguity();
  } else {
    unmatched.problem = "no node or worker pod is called " + Quoted(host) +
                        (container.empty() ? "" : " or " + Quoted(container)) + ": a worker outside of the cluster" +
                        (has_pods_ ? "" : ", or nodes.kubernetes.worker_selector finds none of the worker pods") +
                        "; nodes.known can name its node";
  }
  return unmatched;
}

}  // namespace locus::meta
