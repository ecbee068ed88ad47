#include "kube/object_json.h"

#include <limits>

#include "common/status.h"
#include "kube/json_node.h"
#include "kube/json_pod.h"
#include "kube/json_value.h"

namespace locus::kube {
namespace {

constexpr size_t kMaxMessage = 512;

template <typename T, typename Read>
absl::StatusOr<ListPage<T>> ParseList(std::string_view json, std::string_view kind, Read read) {
  ListPage<T> page;
  std::string found;
  std::optional<std::string> problem = ReadJson(json, [&](JsonObject root) {
    ForEachMember(root, [&](std::string_view key, JsonValue member) {
      if (key == "kind") found = JsonText(member);
      if (key == "metadata") {
        ForEachMember(member, [&](std::string_view name, JsonValue field) {
          if (name == "continue") page.next = JsonText(field);
          if (name == "resourceVersion") page.version = JsonText(field);
        });
      }
      if (key != "items") return;
      ForEachItem(member, [&](JsonValue item) { read(item, &page.items.emplace_back()); });
    });
  });
  if (!problem && found != kind) problem = "its kind is '" + found.substr(0, kMaxMessage) + "'";
  if (problem) {
    return InvalidArgument("what answers is no " + std::string(kind) + " of Kubernetes: " + *problem);
  }
  return page;
}

void ReadCause(JsonValue cause, Refusal* refusal) {
  ForEachMember(cause, [&](std::string_view part, JsonValue field) {
    if (part == "field" && JsonText(field) == "metadata.uid") refusal->other_uid = true;
  });
}

template <typename Value>
Refusal ReadRefusal(Value status) {
  Refusal refusal;
  ForEachMember(status, [&](std::string_view key, JsonValue member) {
    if (key == "message") refusal.message = JsonText(member).substr(0, kMaxMessage);
    if (key == "details") {
      ForEachMember(member, [&](std::string_view name, JsonValue field) {
        if (name == "causes") ForEachItem(field, [&](JsonValue cause) { ReadCause(cause, &refusal); });
      });
    }
    if (key != "code" || member.is_null()) return;
    const int64_t code = member.get_int64();
    if (code >= 0 && code <= std::numeric_limits<int>::max()) refusal.code = static_cast<int>(code);
  });
  return refusal;
}

template <typename T, typename Read>
absl::StatusOr<WatchFrame<T>> ParseFrame(std::string_view json, Read read) {
  using Kind = typename WatchFrame<T>::Kind;
  WatchFrame<T> frame;
  const std::optional<std::string> problem = ReadJson(json, [&](JsonObject event) {
    // The type tells how the object is to be read; it comes first, but for servers that think otherwise.
    const std::string type = JsonText(JsonValue(event.find_field_unordered("type")));
    JsonValue object = event.find_field_unordered("object");
    if (type == "ERROR") {
      frame.kind = Kind::kError;
      frame.refusal = ReadRefusal(object);
      return;
    }
    if (type == "BOOKMARK") {
      frame.kind = Kind::kBookmark;
    } else if (type == "DELETED") {
      frame.kind = Kind::kDeleted;
    } else if (type != "ADDED" && type != "MODIFIED") {
      throw JsonProblem("its type is '" + type.substr(0, kMaxMessage) + "'");
    }
    frame.version = read(object, &frame.object);
    if (frame.version.empty()) throw JsonProblem("it has no metadata.resourceVersion");
  });
  if (problem) return InvalidArgument("what answers is no event of a watch of Kubernetes: " + *problem);
  return frame;
}

}  // namespace

absl::StatusOr<ListPage<Node>> ParseNodeList(std::string_view json) {
  return ParseList<Node>(json, "NodeList", &ReadNode);
}

absl::StatusOr<ListPage<Pod>> ParsePodList(std::string_view json) { return ParseList<Pod>(json, "PodList", &ReadPod); }

absl::StatusOr<WatchFrame<Node>> ParseNodeFrame(std::string_view json) { return ParseFrame<Node>(json, &ReadNode); }

absl::StatusOr<WatchFrame<Pod>> ParsePodFrame(std::string_view json) { return ParseFrame<Pod>(json, &ReadPod); }

Refusal ParseRefusal(std::string_view json) {
  Refusal refusal;
  if (ReadJson(json, [&](JsonObject root) { refusal = ReadRefusal(root); })) return {};
  return refusal;
}

}  // namespace locus::kube
