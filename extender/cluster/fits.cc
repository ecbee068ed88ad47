#include "extender/cluster/fits.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace locus::extender {
namespace {

constexpr const char* kUnschedulable = "node.kubernetes.io/unschedulable";

bool SameTaint(const kube::Taint& a, const kube::Taint& b) {
  return a.key == b.key && a.value == b.value && a.effect == b.effect;
}

bool Tolerates(const kube::Toleration& toleration, const kube::Taint& taint) {
  if (!toleration.effect.empty() && toleration.effect != taint.effect) return false;
  if (!toleration.key.empty() && toleration.key != taint.key) return false;
  if (toleration.op == "Exists") return true;
  return (toleration.op.empty() || toleration.op == "Equal") && toleration.value == taint.value;
}

bool ToleratesAll(const std::vector<kube::Toleration>& tolerations, const std::vector<kube::Taint>& taints) {
  return std::all_of(taints.begin(), taints.end(), [&tolerations](const kube::Taint& taint) {
    return std::any_of(tolerations.begin(), tolerations.end(),
                       [&taint](const kube::Toleration& t) { return Tolerates(t, taint); });
  });
}

std::optional<int64_t> ParseWhole(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool Contains(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// `found`: the value of the label; empty when the node lacks it.
bool HoldsForLabel(const kube::NodeRequirement& requirement, std::optional<std::string_view> found) {
  const std::vector<std::string>& values = requirement.values;
  if (requirement.op == "In") return found && Contains(values, *found);
  if (requirement.op == "NotIn") return !values.empty() && (!found || !Contains(values, *found));
  if (requirement.op == "Exists") return values.empty() && found;
  if (requirement.op == "DoesNotExist") return values.empty() && !found;
  const bool greater = requirement.op == "Gt";
  if ((!greater && requirement.op != "Lt") || values.size() != 1 || !found) return false;
  const auto number = ParseWhole(*found);
  const auto bound = ParseWhole(values.front());
  return number && bound && (greater ? *number > *bound : *number < *bound);
}

// The name is the only field that can be asked for, and only by one value.
bool HoldsForField(const kube::NodeRequirement& requirement, const std::string& name) {
  if (requirement.key != "metadata.name" || requirement.values.size() != 1) return false;
  if (requirement.op == "In") return requirement.values.front() == name;
  return requirement.op == "NotIn" && requirement.values.front() != name;
}

bool Holds(const kube::NodeTerm& term, const NodeShape& node) {
  // An empty term means no node, not every one.
  return !term.empty() && std::all_of(term.begin(), term.end(), [&node](const kube::NodeRequirement& requirement) {
    return requirement.of_field ? HoldsForField(requirement, node.name)
                                : HoldsForLabel(requirement, node.labels.Find(requirement.key));
  });
}

}  // namespace

NodeShape::NodeShape(const kube::Node& node) : name(node.name), labels(node.labels), allocatable(node.allocatable) {
  for (const kube::Taint& taint : node.taints) {
    if (taint.effect == "NoSchedule" || taint.effect == "NoExecute") taints.push_back(taint);
  }
  const kube::Taint cordon{kUnschedulable, "", "NoSchedule"};
  const bool told = std::any_of(taints.begin(), taints.end(),
                                [&cordon](const kube::Taint& taint) { return SameTaint(taint, cordon); });
  if (node.cordoned && !told) taints.push_back(cordon);
}

bool NodeShape::operator==(const NodeShape& other) const {
  return name == other.name && labels == other.labels && allocatable == other.allocatable &&
         std::equal(taints.begin(), taints.end(), other.taints.begin(), other.taints.end(), SameTaint);
}

bool MayRun(const kube::PodConstraints& constraints, const NodeShape& node) {
  for (const auto& [key, value] : constraints.node_selector) {
    if (node.labels.Find(key) != value) return false;
  }
  if (constraints.affinity) {
    const std::vector<kube::NodeTerm>& terms = *constraints.affinity;
    if (std::none_of(terms.begin(), terms.end(), [&node](const kube::NodeTerm& t) { return Holds(t, node); })) {
      return false;
    }
  }
  return ToleratesAll(constraints.tolerations, node.taints);
}

}  // namespace locus::extender
