#include "kube/event_json.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/utf8.h"
#include "kube/timestamp.h"

namespace locus::kube {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxNote = 1024;
constexpr size_t kMaxInstance = 128;
// The server takes 58 bytes of it, and adds five.
constexpr size_t kMaxNameStart = 57;

std::string Utf8(std::string_view text, size_t max_bytes) {
  std::string clean;
  while (!text.empty()) {
    uint32_t code_point = 0;
    size_t length = 1;
    const bool valid = DecodeUtf8(text, &code_point, &length);
    if (!valid) length = 1;
    if (clean.size() + length > max_bytes) break;
    clean += valid ? text.substr(0, length) : std::string_view("?");
    text.remove_prefix(length);
  }
  return clean;
}

// A name's start may end in a hyphen, but must not have a hyphen or a dot before it.
std::string NameStart(std::string_view pod) {
  pod = pod.substr(0, kMaxNameStart);
  while (pod.ends_with('-') || pod.ends_with('.')) pod.remove_suffix(1);
  return std::string(pod) + "-";
}

}  // namespace

std::string EventJson(const PodEvent& event) {
  const Json json = {
      {"apiVersion", "events.k8s.io/v1"},
      {"kind", "Event"},
      {"metadata", {{"namespace", event.space}, {"generateName", NameStart(event.pod)}}},
      {"eventTime", FormatMicroTime(event.time)},
      {"reportingController", event.controller},
      {"reportingInstance", Utf8(event.instance, kMaxInstance)},
      {"action", event.action},
      {"reason", event.reason},
      {"type", event.type},
      {"regarding",
       {{"apiVersion", "v1"},
        {"kind", "Pod"},
        {"namespace", event.space},
        {"name", event.pod},
        {"uid", event.pod_uid}}},
      {"note", Utf8(event.note, kMaxNote)},
  };
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace locus::kube
