#include "locusctl/installation/kube_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "kube/timestamp.h"
#include "locusctl/installation/scheduler_config.h"

namespace locus::ctl {
namespace {

using Json = nlohmann::json;

constexpr std::array<const char*, 4> kPrograms = {"locus-extender", "locus-meta", "locus-worker", "kube-scheduler"};
constexpr std::chrono::minutes kIgnored{1};

// A member of a member ..., or nothing at all.
const Json& At(const Json& json, std::initializer_list<const char*> path) {
  static const Json none;
  const Json* place = &json;
  for (const char* name : path) {
    if (!place->is_object()) return none;
    const auto found = place->find(name);
    if (found == place->end()) return none;
    place = &*found;
  }
  return *place;
}

std::string Text(const Json& json, std::initializer_list<const char*> path) {
  const Json& value = At(json, path);
  return value.is_string() ? value.get<std::string>() : "";
}

std::string NameOf(const Json& object) { return Text(object, {"metadata", "name"}); }

std::optional<int64_t> MillisSince(const std::string& time, WallTime now) {
  const absl::StatusOr<WallTime> then = kube::ParseTimestamp(time);
  if (!then.ok()) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - *then).count();
}

template <typename T, typename Read>
absl::StatusOr<KubePage<T>> ReadPage(const std::string& body, Read read) {
  const Json list = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!list.is_object()) return InvalidArgument("what answers is no API server");
  KubePage<T> page;
  page.next = Text(list, {"metadata", "continue"});
  const Json& items = At(list, {"items"});
  if (!items.is_array()) return page;
  for (const Json& item : items) read(item, page.items);
  return page;
}

bool IsOpen(const Json& node) {
  if (At(node, {"spec", "unschedulable"}) == true) return false;
  const Json& taints = At(node, {"spec", "taints"});
  return !taints.is_array() || std::all_of(taints.begin(), taints.end(), [](const Json& taint) {
    return Text(taint, {"effect"}) == "PreferNoSchedule";
  });
}

bool Names(const Json& container, const std::string& program) {
  if (Text(container, {"name"}) == program) return true;
  if (Text(container, {"image"}).find(program) != std::string::npos) return true;
  const Json& command = At(container, {"command"});
  return command.is_array() && !command.empty() && command[0].is_string() &&
         command[0].get_ref<const std::string&>().ends_with(program);
}

// "registry:5000/locus-meta:0.1.0@sha256:..." -> "0.1.0".
std::string TagOf(const std::string& image) {
  const std::string name = image.substr(0, image.find('@'));
  const size_t colon = name.rfind(':');
  const size_t slash = name.rfind('/');
  if (colon == std::string::npos || (slash != std::string::npos && colon < slash)) return "";
  return name.substr(colon + 1);
}

// Sidecars stand among the init containers.
std::vector<PodPart> PartsOf(const Json& pod) {
  std::vector<PodPart> parts;
  for (const char* program : kPrograms) {
    for (const char* group : {"containers", "initContainers"}) {
      const Json& containers = At(pod, {"spec", group});
      if (!containers.is_array()) continue;
      const auto found = std::find_if(containers.begin(), containers.end(),
                                      [&](const Json& container) { return Names(container, program); });
      if (found == containers.end() || (!parts.empty() && parts.back().program == program)) continue;
      parts.push_back({program, TagOf(Text(*found, {"image"}))});
    }
  }
  return parts;
}

std::string WaitingOf(const Json& pod) {
  for (const char* group : {"initContainerStatuses", "containerStatuses"}) {
    const Json& statuses = At(pod, {"status", group});
    if (!statuses.is_array()) continue;
    for (const Json& status : statuses) {
      const std::string reason = Text(status, {"state", "waiting", "reason"});
      if (!reason.empty()) return Text(status, {"name"}) + ": " + reason;
    }
  }
  return "";
}

// The condition `type`; null: absent.
const Json& ConditionOf(const Json& pod, const char* type) {
  static const Json none;
  const Json& conditions = At(pod, {"status", "conditions"});
  if (!conditions.is_array()) return none;
  for (const Json& condition : conditions) {
    if (Text(condition, {"type"}) == type) return condition;
  }
  return none;
}

PodFact PodOf(const Json& pod) {
  PodFact fact;
  fact.name = NameOf(pod);
  fact.node = Text(pod, {"spec", "nodeName"});
  fact.account = Text(pod, {"spec", "serviceAccountName"});
  fact.parts = PartsOf(pod);
  fact.phase = Text(pod, {"status", "phase"});
  fact.ready = Text(ConditionOf(pod, "Ready"), {"status"}) == "True";
  fact.waiting = WaitingOf(pod);
  return fact;
}

LeaseFact LeaseOf(const Json& lease, WallTime now) {
  LeaseFact fact;
  fact.space = Text(lease, {"metadata", "namespace"});
  fact.name = NameOf(lease);
  fact.holder = Text(lease, {"spec", "holderIdentity"});
  fact.renewed_ms_ago = MillisSince(Text(lease, {"spec", "renewTime"}), now);
  const Json& duration = At(lease, {"spec", "leaseDurationSeconds"});
  if (duration.is_number_integer()) fact.duration_s = duration.get<int64_t>();
  return fact;
}

}  // namespace

absl::StatusOr<KubePage<NodeFact>> ParseNodes(const std::string& body) {
  return ReadPage<NodeFact>(body, [](const Json& node, auto& nodes) { nodes.push_back({NameOf(node), IsOpen(node)}); });
}

absl::StatusOr<KubePage<PodFact>> ParsePods(const std::string& body) {
  return ReadPage<PodFact>(body, [](const Json& pod, auto& pods) { pods.push_back(PodOf(pod)); });
}

absl::StatusOr<KubePage<std::string>> ParseIgnoredPods(const std::string& body, WallTime now) {
  return ReadPage<std::string>(body, [now](const Json& pod, auto& names) {
    const auto age = MillisSince(Text(pod, {"metadata", "creationTimestamp"}), now);
    const Json& gates = At(pod, {"spec", "schedulingGates"});
    const bool gated = gates.is_array() && !gates.empty();
    if (gated || !age || *age < std::chrono::milliseconds(kIgnored).count()) return;
    if (!ConditionOf(pod, "PodScheduled").is_null()) return;
    names.push_back(Text(pod, {"metadata", "namespace"}) + "/" + NameOf(pod));
  });
}

absl::StatusOr<KubePage<LeaseFact>> ParseLeases(const std::string& body, WallTime now) {
  return ReadPage<LeaseFact>(body, [now](const Json& lease, auto& leases) { leases.push_back(LeaseOf(lease, now)); });
}

absl::StatusOr<LeaseFact> ParseLease(const std::string& body, WallTime now) {
  const Json lease = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!lease.is_object()) return InvalidArgument("what answers is no API server");
  return LeaseOf(lease, now);
}

absl::StatusOr<KubePage<SchedulerConfig>> ParseSchedulerConfigs(const std::string& body) {
  return ReadPage<SchedulerConfig>(body, [](const Json& map, std::vector<SchedulerConfig>& configs) {
    const Json& data = At(map, {"data"});
    if (!data.is_object()) return;
    for (const auto& [key, value] : data.items()) {
      if (!value.is_string()) continue;
      auto config = ParseSchedulerConfig(value.get<std::string>(), "ConfigMap " + NameOf(map) + ", " + key);
      if (config) configs.push_back(std::move(*config));
    }
  });
}

absl::StatusOr<KubePage<std::string>> ParsePolicies(const std::string& body) {
  return ReadPage<std::string>(body, [](const Json& policy, auto& names) {
    const bool ours = At(policy, {"spec"}).dump(-1, ' ', true, Json::error_handler_t::replace).find("locus.dev/") !=
                      std::string::npos;
    if (ours) names.push_back(NameOf(policy));
  });
}

absl::StatusOr<KubePage<std::string>> ParsePolicyBindings(const std::string& body) {
  return ReadPage<std::string>(body, [](const Json& binding, auto& names) {
    names.push_back(Text(binding, {"spec", "policyName"}));
  });
}

absl::StatusOr<std::string> ParseVersion(const std::string& body) {
  const Json version = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  std::string text = Text(version, {"gitVersion"});
  if (text.empty()) return InvalidArgument("what answers is no API server");
  return text;
}

std::string ReviewJson(const std::string& account, const ReviewedRight& right) {
  const size_t slash = account.find('/');
  Json attributes = {{"verb", right.verb}, {"group", right.group}, {"resource", right.resource}};
  if (!right.space.empty()) attributes["namespace"] = right.space;
  const Json review = {
      {"apiVersion", "authorization.k8s.io/v1"},
      {"kind", "SubjectAccessReview"},
      {"spec",
       {{"user", "system:serviceaccount:" + account.substr(0, slash) + ":" + account.substr(slash + 1)},
        {"groups",
         {"system:serviceaccounts", "system:serviceaccounts:" + account.substr(0, slash), "system:authenticated"}},
        {"resourceAttributes", std::move(attributes)}}}};
  return review.dump();
}

absl::StatusOr<bool> ParseReview(const std::string& body) {
  const Json review = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  const Json& allowed = At(review, {"status", "allowed"});
  if (!allowed.is_boolean()) return InvalidArgument("what answers is no API server");
  return allowed.get<bool>();
}

}  // namespace locus::ctl
