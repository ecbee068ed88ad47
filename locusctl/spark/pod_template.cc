#include "locusctl/spark/pod_template.h"

#include <yaml-cpp/yaml.h>

#include <vector>

#include "common/status.h"

namespace locus::ctl {
namespace {

// An object of the API server has at most 1.5 MiB.
constexpr size_t kMaxBytes = 1 << 20;
constexpr size_t kMaxDepth = 64;
// Aliases may refer to aliases: a short text can mean a large one.
constexpr size_t kMaxNodes = 100'000;
constexpr const char* kGate = "locus.dev/locality";
constexpr const char* kHostIp = "HOST_IP";
constexpr const char* kFieldPath = "status.hostIP";
constexpr const char* kDnsPolicy = "ClusterFirstWithHostNet";
// KubernetesUtils of Spark takes this name for the executor's container where there is none.
constexpr const char* kContainer = "spark-kubernetes-executor";

absl::Status Refuse(const std::string& text) { return InvalidArgument("pod template: " + text); }

bool Given(const YAML::Node& node) { return node.IsDefined() && !node.IsNull(); }

// Writes a tree such that strings stay strings: the library's own writer forgets that a "1" was quoted.
class Writer {
 public:
  absl::StatusOr<std::string> Write(const YAML::Node& root) {
    LOCUS_RETURN_IF_ERROR(Node(root, "", 0));
    if (!out_.good()) return Refuse("cannot be written: " + out_.GetLastError());
    return std::string(out_.c_str()) + "\n";
  }

 private:
  absl::Status Node(const YAML::Node& node, const std::string& path, size_t depth) {
    if (depth > kMaxDepth) return Refuse("nested deeper than " + std::to_string(kMaxDepth) + " levels");
    if (++nodes_ > kMaxNodes) return Refuse("more than " + std::to_string(kMaxNodes) + " values");
    switch (node.Type()) {
      case YAML::NodeType::Map: return Map(node, path, depth);
      case YAML::NodeType::Sequence: return Sequence(node, path, depth);
      case YAML::NodeType::Scalar: return Scalar(node);
      default: out_ << YAML::Null; return absl::OkStatus();
    }
  }

  absl::Status Map(const YAML::Node& node, const std::string& path, size_t depth) {
    if (node.size() == 0) out_ << YAML::Flow;
    out_ << YAML::BeginMap;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return Refuse("a key that is no text below '" + path + "'");
      const std::string& key = entry.first.Scalar();
      out_ << YAML::Key << key;
      out_ << YAML::Value;
      LOCUS_RETURN_IF_ERROR(Node(entry.second, path.empty() ? key : path + "." + key, depth + 1));
    }
    out_ << YAML::EndMap;
    return absl::OkStatus();
  }

  absl::Status Sequence(const YAML::Node& node, const std::string& path, size_t depth) {
    if (node.size() == 0) out_ << YAML::Flow;
    out_ << YAML::BeginSeq;
    for (const YAML::Node& element : node) LOCUS_RETURN_IF_ERROR(Node(element, path + "[]", depth + 1));
    out_ << YAML::EndSeq;
    return absl::OkStatus();
  }

  absl::Status Scalar(const YAML::Node& node) {
    // "!": it was quoted, or a block of text.
    if (node.Tag() == "!") {
      out_ << YAML::DoubleQuoted << node.Scalar();
    } else if (node.Tag().empty() || node.Tag() == "?") {
      out_ << node.Scalar();
    } else {
      out_ << YAML::VerbatimTag(node.Tag()) << YAML::DoubleQuoted << node.Scalar();
    }
    return absl::OkStatus();
  }

  YAML::Emitter out_;
  size_t nodes_ = 0;
};

absl::StatusOr<YAML::Node> Read(std::string_view own) {
  if (own.size() > kMaxBytes) return Refuse("larger than 1 MiB");
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(own));
    if (documents.size() > 1) return Refuse("more than one YAML document; Spark reads one pod");
    const YAML::Node pod = documents.empty() ? YAML::Node() : documents.front();
    if (!Given(pod)) return YAML::Node(YAML::NodeType::Map);
    if (!pod.IsMap()) return Refuse("no Kubernetes object; begin with apiVersion: v1 and kind: Pod");
    return pod;
  } catch (const YAML::Exception& error) {
    return Refuse(std::string("no YAML: ") + error.what());
  }
}

// The map at `key` of `parent`, made where there is none.
absl::StatusOr<YAML::Node> MapAt(YAML::Node parent, const char* key) {
  if (!Given(parent[key])) parent[key] = YAML::Node(YAML::NodeType::Map);
  if (!parent[key].IsMap()) return Refuse(std::string("'") + key + "' holds no fields");
  return parent[key];
}

absl::StatusOr<YAML::Node> ListAt(YAML::Node parent, const char* key) {
  if (!Given(parent[key])) parent[key] = YAML::Node(YAML::NodeType::Sequence);
  if (!parent[key].IsSequence()) return Refuse(std::string("'") + key + "' is no list");
  for (const YAML::Node& element : parent[key]) {
    if (!element.IsMap()) return Refuse(std::string("an element of '") + key + "' holds no fields");
  }
  return parent[key];
}

// Sets a field, unless the user has another value there.
absl::Status Set(YAML::Node parent, const char* key, const std::string& value, const std::string& otherwise) {
  if (!Given(parent[key])) {
    parent[key] = value;
  } else if (!parent[key].IsScalar() || parent[key].Scalar() != value) {
    return Refuse(std::string("'") + key + "' is not " + value + "; " + otherwise);
  }
  return absl::OkStatus();
}

absl::Status AddGate(YAML::Node spec) {
  LOCUS_ASSIGN_OR_RETURN(YAML::Node gates, ListAt(spec, "schedulingGates"));
  for (const YAML::Node& gate : gates) {
    if (Given(gate["name"]) && gate["name"].IsScalar() && gate["name"].Scalar() == kGate) return absl::OkStatus();
  }
  YAML::Node gate;
  gate["name"] = kGate;
  gates.push_back(gate);
  return absl::OkStatus();
}

absl::StatusOr<YAML::Node> ContainerOf(YAML::Node spec, std::string_view name) {
  LOCUS_ASSIGN_OR_RETURN(YAML::Node containers, ListAt(spec, "containers"));
  if (containers.size() == 0) {
    YAML::Node container;
    container["name"] = name.empty() ? std::string(kContainer) : std::string(name);
    containers.push_back(container);
    return YAML::Node(containers[0]);
  }
  if (name.empty()) return YAML::Node(containers[0]);
  for (const YAML::Node& container : containers) {
    if (Given(container["name"]) && container["name"].IsScalar() && container["name"].Scalar() == name) {
      return YAML::Node(container);
    }
  }
  return Refuse("no container '" + std::string(name) + "', which " + kTemplateContainer + " names");
}

// HOST_IP stands first, so that whatever follows may refer to it; Spark appends its own variables.
absl::Status AddHostIp(YAML::Node container) {
  LOCUS_ASSIGN_OR_RETURN(const YAML::Node env, ListAt(container, "env"));
  YAML::Node mine;
  mine["name"] = kHostIp;
  mine["valueFrom"]["fieldRef"]["fieldPath"] = kFieldPath;
  YAML::Node all(YAML::NodeType::Sequence);
  all.push_back(mine);
  for (const YAML::Node& variable : env) {
    const bool same = Given(variable["name"]) && variable["name"].IsScalar() && variable["name"].Scalar() == kHostIp;
    if (!same) {
      all.push_back(variable);
      continue;
    }
    const YAML::Node from = variable["valueFrom"];
    const bool field = Given(from) && from.IsMap() && Given(from["fieldRef"]) && from["fieldRef"].IsMap() &&
                       Given(from["fieldRef"]["fieldPath"]) && from["fieldRef"]["fieldPath"].IsScalar() &&
                       from["fieldRef"]["fieldPath"].Scalar() == kFieldPath;
    if (!field) {
      return Refuse(std::string("the variable ") + kHostIp + " is not the node's address (fieldRef " + kFieldPath +
                    "); give it another name, Locus needs this one");
    }
  }
  container["env"] = all;
  return absl::OkStatus();
}

absl::Status AddNetwork(bool host, YAML::Node spec) {
  if (host) {
    LOCUS_RETURN_IF_ERROR(Set(spec, "hostNetwork", "true", "take it out, or use --pod-network"));
    return Set(spec, "dnsPolicy", kDnsPolicy, "on the node's network names of services resolve with that one only");
  }
  const YAML::Node given = spec["hostNetwork"];
  if (Given(given) && !(given.IsScalar() && given.Scalar() == "false")) {
    return Refuse("it has hostNetwork; use --host-network, which sets what goes with it");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Merge(const TemplateWishes& wishes, std::string_view own, std::string_view container) {
  LOCUS_ASSIGN_OR_RETURN(const YAML::Node given, Read(own));
  // Heads first, whatever the user's order.
  YAML::Node pod(YAML::NodeType::Map);
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  for (const auto& entry : given) {
    if (!entry.first.IsScalar()) return Refuse("a key that is no text");
    const std::string& key = entry.first.Scalar();
    if (key != "apiVersion" && key != "kind") {
      pod[key] = entry.second;
    } else if (!entry.second.IsScalar() || entry.second.Scalar() != pod[key].Scalar()) {
      return Refuse("'" + key + "' is not " + pod[key].Scalar() + "; Spark's template is a pod of v1");
    }
  }
  LOCUS_ASSIGN_OR_RETURN(YAML::Node spec, MapAt(pod, "spec"));
  LOCUS_RETURN_IF_ERROR(AddNetwork(wishes.host_network, spec));
  if (wishes.gate) LOCUS_RETURN_IF_ERROR(AddGate(spec));
  if (wishes.host_ip) {
    LOCUS_ASSIGN_OR_RETURN(const YAML::Node executor, ContainerOf(spec, container));
    LOCUS_RETURN_IF_ERROR(AddHostIp(executor));
  }
  return Writer().Write(pod);
}

}  // namespace

absl::StatusOr<std::string> WritePodTemplate(const TemplateWishes& wishes, std::string_view own,
                                             std::string_view container) {
  try {
    return Merge(wishes, own, container);
  } catch (const YAML::Exception& error) {
    return Refuse(error.what());
  }
}

}  // namespace locus::ctl
