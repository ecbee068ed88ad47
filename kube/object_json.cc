#include "kube/object_json.h"

#include <simdjson.h>

#include "common/status.h"

namespace locus::kube {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kMaxMessage = 512;

// simdjson throws below; the functions at the end catch.

template <typename F>
void ForEachMember(ondemand::value value, F f) {
  if (value.is_null()) return;
  for (auto field : value.get_object()) {
    const std::string_view key = field.unescaped_key();
    f(key, ondemand::value(field.value()));
  }
}

template <typename F>
void ForEachItem(ondemand::value value, F f) {
  if (value.is_null()) return;
  for (auto item : value.get_array()) f(item.value());
}

// null counts as empty.
std::string Text(ondemand::value value) {
  if (value.is_null()) return "";
  return std::string(std::string_view(value.get_string()));
}

void ReadNode(ondemand::value value, Node* node) {
  ForEachMember(value, [&](std::string_view key, ondemand::value member) {
    if (key == "metadata") {
      ForEachMember(member, [&](std::string_view name, ondemand::value field) {
        if (name == "name") node->name = Text(field);
        if (name != "labels") return;
        ForEachMember(field, [&](std::string_view label, ondemand::value text) {
          if (label == "kubernetes.io/hostname") node->hostname_label = Text(text);
        });
      });
    } else if (key == "status") {
      ForEachMember(member, [&](std::string_view name, ondemand::value field) {
        if (name != "addresses") return;
        ForEachItem(field, [&](ondemand::value item) {
          NodeAddress& address = node->addresses.emplace_back();
          ForEachMember(item, [&](std::string_view part, ondemand::value text) {
            if (part == "type") address.type = Text(text);
            if (part == "address") address.address = Text(text);
          });
        });
      });
    }
  });
}

void ReadPodStatus(ondemand::value status, Pod* pod) {
  std::string first;
  ForEachMember(status, [&](std::string_view name, ondemand::value field) {
    if (name == "podIP") first = Text(field);
    if (name == "phase") {
      const std::string phase = Text(field);
      pod->finished = phase == "Succeeded" || phase == "Failed";
    }
    if (name != "podIPs") return;
    ForEachItem(field, [&](ondemand::value item) {
      ForEachMember(item, [&](std::string_view part, ondemand::value text) {
        if (part == "ip") pod->ips.push_back(Text(text));
      });
    });
  });
  // podIPs repeats podIP, but for servers that know only the latter.
  if (pod->ips.empty() && !first.empty()) pod->ips.push_back(first);
}

void ReadPod(ondemand::value value, Pod* pod) {
  ForEachMember(value, [&](std::string_view key, ondemand::value member) {
    if (key == "metadata") {
      ForEachMember(member, [&](std::string_view name, ondemand::value field) {
        if (name == "name") pod->name = Text(field);
        if (name == "namespace") pod->space = Text(field);
      });
    } else if (key == "spec") {
      ForEachMember(member, [&](std::string_view name, ondemand::value field) {
        if (name == "nodeName") pod->node = Text(field);
        if (name == "hostname") pod->hostname = Text(field);
        if (name == "subdomain") pod->subdomain = Text(field);
      });
    } else if (key == "status") {
      ReadPodStatus(member, pod);
    }
  });
}

template <typename T, typename Read>
absl::StatusOr<ListPage<T>> ParseList(std::string_view json, std::string_view kind, Read read) {
  const auto strange = [&](const std::string& why) {
    return InvalidArgument("what answers is no " + std::string(kind) + " of Kubernetes: " + why);
  };
  try {
    const simdjson::padded_string padded(json);
    ondemand::parser parser;
    ondemand::document document = parser.iterate(padded);
    ListPage<T> page;
    std::string found;
    ForEachMember(ondemand::value(document.get_value()), [&](std::string_view key, ondemand::value member) {
      if (key == "kind") found = Text(member);
      if (key == "metadata") {
        ForEachMember(member, [&](std::string_view name, ondemand::value field) {
          if (name == "continue") page.next = Text(field);
        });
      }
      if (key != "items") return;
      ForEachItem(member, [&](ondemand::value item) { read(item, &page.items.emplace_back()); });
    });
    if (found != kind) return strange("its kind is '" + found.substr(0, kMaxMessage) + "'");
    return page;
  } catch (const simdjson::simdjson_error& error) {
    return strange(error.what());
  }
}

}  // namespace

absl::StatusOr<ListPage<Node>> ParseNodeList(std::string_view json) {
  return ParseList<Node>(json, "NodeList", &ReadNode);
}

absl::StatusOr<ListPage<Pod>> ParsePodList(std::string_view json) { return ParseList<Pod>(json, "PodList", &ReadPod); }

std::string ParseStatusMessage(std::string_view json) {
  try {
    const simdjson::padded_string padded(json);
    ondemand::parser parser;
    ondemand::document document = parser.iterate(padded);
    std::string message;
    ForEachMember(ondemand::value(document.get_value()), [&](std::string_view key, ondemand::value member) {
      if (key == "message") message = Text(member).substr(0, kMaxMessage);
    });
    return message;
  } catch (const simdjson::simdjson_error&) {
    return "";
  }
}

}  // namespace locus::kube
