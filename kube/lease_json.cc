#include "kube/lease_json.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/status.h"
#include "kube/json_value.h"
#include "kube/timestamp.h"

namespace locus::kube {
namespace {

using Json = nlohmann::ordered_json;

// The API's own type for them.
constexpr int64_t kMaxInt = std::numeric_limits<int32_t>::max();

int64_t Count(JsonValue value) {
  return value.is_null() ? 0 : std::clamp<int64_t>(int64_t(value.get_int64()), 0, kMaxInt);
}

WallTime Time(JsonValue value) { return value.is_null() ? WallTime() : OrThrow(ParseTimestamp(JsonText(value))); }

void ReadSpec(JsonValue spec, Lease* lease) {
  ForEachMember(spec, [&](std::string_view name, JsonValue field) {
    if (name == "holderIdentity") lease->holder = JsonText(field);
    if (name == "leaseDurationSeconds") lease->duration = std::chrono::seconds(Count(field));
    if (name == "acquireTime") lease->acquired = Time(field);
    if (name == "renewTime") lease->renewed = Time(field);
    if (name == "leaseTransitions") lease->transitions = static_cast<uint32_t>(Count(field));
  });
}

}  // namespace

std::string LeaseJson(const std::string& space, const std::string& name, const Lease& lease) {
  Json metadata = {{"namespace", space}, {"name", name}};
  if (!lease.resource_version.empty()) metadata["resourceVersion"] = lease.resource_version;
  const int64_t seconds = std::chrono::ceil<std::chrono::seconds>(lease.duration).count();
  Json spec = {{"holderIdentity", lease.holder},
               {"leaseDurationSeconds", std::clamp<int64_t>(seconds, 1, kMaxInt)},
               {"leaseTransitions", std::min<int64_t>(lease.transitions, kMaxInt)}};
  if (lease.acquired != WallTime()) spec["acquireTime"] = FormatMicroTime(lease.acquired);
  if (lease.renewed != WallTime()) spec["renewTime"] = FormatMicroTime(lease.renewed);
  const Json json = {
      {"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}, {"metadata", metadata}, {"spec", spec}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<Lease> ParseLease(std::string_view json) {
  Lease lease;
  std::string kind;
  std::optional<std::string> problem = ReadJson(json, [&](JsonObject root) {
    ForEachMember(root, [&](std::string_view key, JsonValue member) {
      if (key == "kind") kind = JsonText(member);
      if (key == "spec") ReadSpec(member, &lease);
      if (key != "metadata") return;
      ForEachMember(member, [&](std::string_view name, JsonValue field) {
        if (name == "resourceVersion") lease.resource_version = JsonText(field);
      });
    });
  });
  if (!problem && kind != "Lease") problem = "its kind is '" + kind.substr(0, 64) + "'";
  if (!problem && lease.resource_version.empty()) problem = "it has no metadata.resourceVersion";
  if (problem) return InvalidArgument("what answers is no Lease of Kubernetes: " + *problem);
  return lease;
}

}  // namespace locus::kube
