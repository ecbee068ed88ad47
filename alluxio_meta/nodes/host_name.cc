#include "alluxio_meta/nodes/host_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace locus::meta {
namespace {

// Longer texts are no address, whatever their zone.
constexpr size_t kMaxIpText = 256;

std::string IpText(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, address, text.data(), text.size()) == nullptr ? "" : text.data();
}

}  // namespace

std::optional<std::string> CanonicalIp(std::string_view text) {
  if (text.size() > kMaxIpText || text.find('\0') != std::string_view::npos) return std::nullopt;
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text.remove_prefix(1);
    text.remove_suffix(1);
  }
  if (text.find(':') != std::string_view::npos) text = text.substr(0, text.find('%'));
  const std::string terminated(text);
  in_addr v4{};
  if (::inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return IpText(AF_INET, &v4);
  in6_addr v6{};
  if (::inet_pton(AF_INET6, terminated.c_str(), &v6) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return IpText(AF_INET, &v6.s6_addr[12]);
  return IpText(AF_INET6, &v6);
}

std::string HostKey(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (const std::optional<std::string> ip = CanonicalIp(host)) return *ip;
  std::string key(host);
  // Host names are ASCII: the locale has no say.
  std::transform(key.begin(), key.end(), key.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return key;
}

std::optional<std::string> DashedIp(std::string_view key) {
  const std::string_view label = key.substr(0, key.find('.'));
  if (label.find('-') == std::string_view::npos) return std::nullopt;
  for (const char separator : {'.', ':'}) {
    std::string text(label);
    std::replace(text.begin(), text.end(), '-', separator);
    if (const std::optional<std::string> ip = CanonicalIp(text)) return ip;
  }
  return std::nullopt;
}

}  // namespace locus::meta
