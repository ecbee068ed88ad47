#include "kube/token_review_json.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "common/status.h"
#include "kube/json_value.h"

namespace locus::kube {
namespace {

using Json = nlohmann::ordered_json;

// Of a token that is bound to a pod, since Kubernetes 1.30.
constexpr std::string_view kNodeName = "authentication.kubernetes.io/node-name";

void ReadUser(JsonValue user, TokenSubject* subject) {
  ForEachMember(user, [&](std::string_view name, JsonValue field) {
    if (name == "username") subject->user = JsonText(field);
    if (name != "extra") return;
    ForEachMember(field, [&](std::string_view key, JsonValue values) {
      if (key == kNodeName) ForEachItem(values, [&](JsonValue value) { subject->node = JsonText(value); });
    });
  });
}

}  // namespace

std::string TokenReviewJson(const std::string& token, const std::string& audience) {
  const Json json = {{"apiVersion", "authentication.k8s.io/v1"},
                     {"kind", "TokenReview"},
                     {"spec", {{"token", token}, {"audiences", Json::array({audience})}}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<TokenSubject> ParseTokenReview(std::string_view json) {
  TokenSubject subject;
  std::string kind;
  bool answered = false;
  std::optional<std::string> problem = ReadJson(json, [&](JsonObject root) {
    ForEachMember(root, [&](std::string_view key, JsonValue member) {
      if (key == "kind") kind = JsonText(member);
      if (key != "status") return;
      ForEachMember(member, [&](std::string_view name, JsonValue field) {
        answered = true;
        if (name == "authenticated") subject.authenticated = JsonBool(field);
        if (name == "error") subject.problem = JsonText(field);
        if (name == "user") ReadUser(field, &subject);
        if (name == "audiences") ForEachItem(field, [&](JsonValue v) { subject.audiences.push_back(JsonText(v)); });
      });
    });
  });
  if (!problem && kind != "TokenReview") problem = "its kind is '" + kind.substr(0, 64) + "'";
  if (!problem && !answered) problem = "it has no status";
  if (problem) return InvalidArgument("what answers is no TokenReview of Kubernetes: " + *problem);
  return subject;
}

}  // namespace locus::kube
