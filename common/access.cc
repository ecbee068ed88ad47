#include "common/access.h"

#include <utility>

namespace locus {
namespace {

constexpr const char* kRefused = "locus_access_refused_total";
constexpr const char* kRefusedHelp = "Calls refused, as the caller showed nothing, or a wrong token.";

bool StartsWith(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

}  // namespace

Access::Access(AccessOptions options, Metrics& metrics)
    : options_(std::move(options)),
      anonymous_(metrics.GetCounter(kRefused, kRefusedHelp, {{"use", options_.use}, {"reason", "anonymous"}})),
      wrong_token_(metrics.GetCounter(kRefused, kRefusedHelp, {{"use", options_.use}, {"reason", "token"}})) {}

std::string Access::Refusal(const Shown& shown) const {
  if (!options_.certificates && options_.tokens == nullptr) return "";
  if (options_.certificates && shown.certified) return "";
  const std::string_view token = BearerOf(shown.authorization);
  if (options_.tokens != nullptr && options_.tokens->Accepts(token)) return "";
  const bool anonymous = options_.tokens == nullptr || token.empty();
  (anonymous ? anonymous_ : wrong_token_).Increment();
  if (!anonymous) return "this bearer token is not one of ours";
  if (!options_.certificates) return "show a bearer token";
  return options_.tokens == nullptr ? "show a client certificate" : "show a client certificate or a bearer token";
}

std::string Access::RefusalOfCall(std::string_view path, const Shown& shown) const {
  if (StartsWith(path, "/grpc.health.v1.Health/") || options_.own_rule.count(path) > 0) return "";
  return Refusal(shown);
}

std::string Access::RefusalOfPath(std::string_view path, const Shown& shown) const {
  if (path == "/healthz" || path == "/readyz" || path == "/metrics") return "";
  if (path == "/" || StartsWith(path, "/web/")) return "";
  if (!options_.certificates && (path == "/filter" || path == "/prioritize")) return "";
  return Refusal(shown);
}

HttpGuard GuardOf(std::shared_ptr<const Access> access) {
  return [access = std::move(access)](const HttpCaller& caller) -> std::optional<HttpRefusal> {
    std::string refusal = access->RefusalOfPath(caller.path, {caller.certified, caller.authorization});
    if (refusal.empty()) return std::nullopt;
    return HttpRefusal{401, std::move(refusal)};
  };
}

}  // namespace locus
