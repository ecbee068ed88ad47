// What the API server says of an installation.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace locus::ctl {

struct NodeFact {
  std::string name;
  // Pods without tolerations may come: not cordoned, no taint NoSchedule or NoExecute.
  bool open = false;
};

// A program of ours, or kube-scheduler, in a container.
struct PodPart {
  std::string program;
  // Of the image, such as 0.1.0; empty: none.
  std::string tag;
};

struct PodFact {
  std::string name;
  std::string node;
  std::string account;
  // Each program once.
  std::vector<PodPart> parts;
  std::string phase;
  bool ready = false;
  // Why a container does not run, such as CrashLoopBackOff; empty: it runs, or nothing is known.
  std::string waiting;
};

bool Runs(const PodFact& pod, std::string_view program);

struct LeaseFact {
  std::string space;
  std::string name;
  std::string holder;
  // By this machine's clock; absent: never renewed.
  std::optional<int64_t> renewed_ms_ago;
  int64_t duration_s = 0;
};

// An entry of `extenders` in a scheduler's configuration.
struct ExtenderEntry {
  std::string url_prefix;
  std::string filter_verb;
  std::string prioritize_verb;
  int64_t weight = 0;
  bool node_cache_capable = false;
  bool ignorable = false;
};

struct SchedulerConfig {
  // "ConfigMap NAME, KEY".
  std::string where;
  // Why it cannot be read; empty: it can.
  std::string problem;
  std::vector<std::string> scheduler_names;
  // Absent: not set, and thus adaptive.
  std::optional<int64_t> percentage;
  std::vector<ExtenderEntry> extenders;
  bool elects = true;
  std::string lease_space;
  std::string lease_name;
};

struct PolicyFact {
  std::string name;
  bool bound = false;
};

// A right that one of our service accounts needs.
struct RightFact {
  // Program.
  std::string part;
  // NAMESPACE/NAME.
  std::string account;
  // "patch pods".
  std::string what;
  bool allowed = false;
};

struct KubeFacts {
  // Where it was asked; empty: nowhere.
  std::string server;
  // Why it does not answer; empty: it does.
  std::string problem;
  // "v1.36.3".
  std::string version;
  // What could not be read -> why: nodes, pods, waiting pods, leases, configmaps, policies, rights.
  std::map<std::string, std::string> unread;
  std::vector<NodeFact> nodes;
  // Of the namespace of the installation.
  std::vector<PodFact> pods;
  // Pods for the scheduler that nobody has looked at for a minute, NAMESPACE/NAME.
  std::vector<std::string> ignored_pods;
  // Of the namespace of the installation, and those that `configs` name.
  std::vector<LeaseFact> leases;
  // Those in the namespace that name a scheduler's profiles.
  std::vector<SchedulerConfig> configs;
  // Whether the server knows MutatingAdmissionPolicy at all; "v1", "v1beta1", "v1alpha1", or empty: it does not.
  std::string policy_version;
  // Those about Locus.
  std::vector<PolicyFact> policies;
  std::vector<RightFact> rights;
};

}  // namespace locus::ctl
