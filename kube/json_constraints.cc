#include "kube/json_constraints.h"

#include <utility>

namespace locus::kube {
namespace {

void ReadRequirements(JsonValue requirements, bool of_field, NodeTerm* term) {
  ForEachItem(requirements, [&](JsonValue item) {
    NodeRequirement& requirement = term->emplace_back();
    requirement.of_field = of_field;
    ForEachMember(item, [&](std::string_view part, JsonValue field) {
      if (part == "key") requirement.key = JsonText(field);
      if (part == "operator") requirement.op = JsonText(field);
      if (part == "values") ForEachItem(field, [&](JsonValue text) { requirement.values.push_back(JsonText(text)); });
    });
  });
}

std::vector<NodeTerm> ReadTerms(JsonValue selector) {
  std::vector<NodeTerm> terms;
  ForEachMember(selector, [&](std::string_view name, JsonValue list) {
    if (name != "nodeSelectorTerms") return;
    ForEachItem(list, [&](JsonValue item) {
      NodeTerm term;
      ForEachMember(item, [&](std::string_view part, JsonValue requirements) {
        if (part == "matchExpressions") ReadRequirements(requirements, false, &term);
        if (part == "matchFields") ReadRequirements(requirements, true, &term);
      });
      if (!term.empty()) terms.push_back(std::move(term));
    });
  });
  return terms;
}

}  // namespace

std::optional<std::vector<NodeTerm>> ReadRequiredNodeAffinity(JsonValue affinity) {
  std::optional<std::vector<NodeTerm>> required;
  ForEachMember(affinity, [&](std::string_view kind, JsonValue of_kind) {
    if (kind != "nodeAffinity") return;
    ForEachMember(of_kind, [&](std::string_view strength, JsonValue selector) {
      if (strength != "requiredDuringSchedulingIgnoredDuringExecution" || selector.is_null()) return;
      required = ReadTerms(selector);
    });
  });
  return required;
}

std::vector<Toleration> ReadTolerations(JsonValue tolerations) {
  std::vector<Toleration> all;
  ForEachItem(tolerations, [&](JsonValue item) {
    Toleration& toleration = all.emplace_back();
    ForEachMember(item, [&](std::string_view part, JsonValue field) {
      if (part == "key") toleration.key = JsonText(field);
      if (part == "operator") toleration.op = JsonText(field);
      if (part == "value") toleration.value = JsonText(field);
      if (part == "effect") toleration.effect = JsonText(field);
    });
    if (toleration.op.empty()) toleration.op = "Equal";
  });
  return all;
}

}  // namespace locus::kube
