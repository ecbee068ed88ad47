#include "kube/json_node.h"

#include "kube/json_resources.h"

namespace locus::kube {
namespace {

constexpr const char* kHostnameLabel = "kubernetes.io/hostname";

std::string ReadMetadata(JsonValue metadata, Node* node) {
  std::string version;
  ForEachMember(metadata, [&](std::string_view name, JsonValue field) {
    if (name == "name") node->name = JsonText(field);
    if (name == "resourceVersion") version = JsonText(field);
    if (name == "labels") node->labels = JsonTexts(field);
  });
  if (const auto label = node->labels.find(kHostnameLabel); label != node->labels.end()) {
    node->hostname_label = label->second;
  }
  return version;
}

void ReadTaints(JsonValue taints, Node* node) {
  ForEachItem(taints, [&](JsonValue item) {
    Taint& taint = node->taints.emplace_back();
    ForEachMember(item, [&](std::string_view part, JsonValue text) {
      if (part == "key") taint.key = JsonText(text);
      if (part == "value") taint.value = JsonText(text);
      if (part == "effect") taint.effect = JsonText(text);
    });
  });
}

void ReadAddresses(JsonValue addresses, Node* node) {
  ForEachItem(addresses, [&](JsonValue item) {
    NodeAddress& address = node->addresses.emplace_back();
    ForEachMember(item, [&](std::string_view part, JsonValue text) {
      if (part == "type") address.type = JsonText(text);
      if (part == "address") address.address = JsonText(text);
    });
  });
}

}  // namespace

std::string ReadNode(JsonValue value, Node* node) {
  std::string version;
  ForEachMember(value, [&](std::string_view key, JsonValue member) {
    if (key == "metadata") {
      version = ReadMetadata(member, node);
    } else if (key == "spec") {
      ForEachMember(member, [&](std::string_view name, JsonValue field) {
        if (name == "unschedulable") node->cordoned = JsonBool(field);
        if (name == "taints") ReadTaints(field, node);
      });
    } else if (key == "status") {
      ForEachMember(member, [&](std::string_view name, JsonValue field) {
        if (name == "allocatable") node->allocatable = ReadResources(field);
        if (name == "addresses") ReadAddresses(field, node);
      });
    }
  });
  return version;
}

}  // namespace locus::kube
