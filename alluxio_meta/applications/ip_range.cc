#include "alluxio_meta/applications/ip_range.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>
#include <string>

#include "alluxio_meta/nodes/host_name.h"

namespace locus::meta {
namespace {

constexpr int kAllBits = 128;
constexpr int kMappedBits = 96;

bool Bit(const IpBytes& bytes, int at) { return ((bytes[at / 8] >> (7 - at % 8)) & 1) != 0; }

}  // namespace

std::optional<IpBytes> ParseIp(std::string_view text) {
  const std::optional<std::string> canonical = CanonicalIp(text);
  if (!canonical) return std::nullopt;
  IpBytes bytes{};
  in_addr v4{};
  if (::inet_pton(AF_INET, canonical->c_str(), &v4) == 1) {
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(&bytes[12], &v4, sizeof(v4));
    return bytes;
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, canonical->c_str(), &v6) != 1) return std::nullopt;
  std::memcpy(bytes.data(), &v6, sizeof(v6));
  return bytes;
}

bool IpRange::Contains(const IpBytes& address) const {
  for (int i = 0; i < bits; ++i) {
    if (Bit(first, i) != Bit(address, i)) return false;
  }
  return true;
}

std::optional<IpRange> ParseIpRange(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const std::optional<IpBytes> first = ParseIp(address);
  if (!first) return std::nullopt;
  IpRange range{*first, kAllBits};
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    int bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const bool v4 = address.find(':') == std::string_view::npos;
    if (error != std::errc() || end != digits.data() + digits.size() || bits < 0) return std::nullopt;
    range.bits = v4 ? bits + kMappedBits : bits;
    if (range.bits > kAllBits) return std::nullopt;
  }
  // One form for one range.
  for (int i = range.bits; i < kAllBits; ++i) range.first[i / 8] &= static_cast<uint8_t>(~(1u << (7 - i % 8)));
  return range;
}

}  // namespace locus::meta
