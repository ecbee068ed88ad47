#include "common/endpoint.h"

#include <algorithm>
#include <charconv>

#include "common/status.h"

namespace locus {
namespace {

// Of a DNS name.
constexpr size_t kMaxHostBytes = 253;

bool IsHostChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// Addresses are checked when they are dialled; here only what would be read as something else.
bool IsIpv6Char(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

absl::Status Wrong(std::string_view text, std::string_view what) {
  return InvalidArgument("'" + std::string(text) + "' " + std::string(what) + ": write it as host:port, for example " +
                         "server-0:8910 or [fd00::1]:8910");
}

}  // namespace

std::string Endpoint::Text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

absl::StatusOr<Endpoint> ParseEndpoint(std::string_view text) {
  const bool ipv6 = text.starts_with('[');
  const size_t colon = ipv6 ? text.find("]:") : text.find(':');
  if (colon == std::string_view::npos) return Wrong(text, "has no port");
  const std::string_view host = ipv6 ? text.substr(1, colon - 1) : text.substr(0, colon);
  const std::string_view port = text.substr(colon + (ipv6 ? 2 : 1));
  if (host.empty()) return Wrong(text, "has no host");
  if (host.size() > kMaxHostBytes) return Wrong(text, "has a host of more than 253 characters");
  if (!ipv6 && port.find(':') != std::string_view::npos) return Wrong(text, "has more than one colon");
  if (!std::all_of(host.begin(), host.end(), ipv6 ? IsIpv6Char : IsHostChar)) {
    return Wrong(text, "has a character that no host has");
  }
  if (ipv6 && host.find(':') == std::string_view::npos) return Wrong(text, "has no IPv6 address in its brackets");
  Endpoint endpoint{std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (error != std::errc() || end != port.data() + port.size() || endpoint.port == 0) {
    return Wrong(text, "has no port from 1 to 65535");
  }
  return endpoint;
}

absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(const std::vector<std::string>& texts) {
  if (texts.empty()) return InvalidArgument("is empty: name at least one host:port");
  std::vector<Endpoint> endpoints;
  std::string problems;
  for (size_t i = 0; i < texts.size(); ++i) {
    const absl::StatusOr<Endpoint> endpoint = ParseEndpoint(texts[i]);
    std::string problem;
    if (!endpoint.ok()) {
      problem = MessageOf(endpoint.status());
    } else if (std::find(endpoints.begin(), endpoints.end(), *endpoint) != endpoints.end()) {
      problem = "'" + texts[i] + "' stands twice";
    } else {
      endpoints.push_back(*endpoint);
    }
    if (!problem.empty()) problems += (problems.empty() ? "[" : "\n[") + std::to_string(i) + "]: " + problem;
  }
  if (!problems.empty()) return InvalidArgument(problems);
  return endpoints;
}

}  // namespace locus
