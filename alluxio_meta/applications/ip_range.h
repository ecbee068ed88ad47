// Addresses and ranges of addresses as people write them. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace locus::meta {

// IPv4 addresses have their IPv6-mapped form (RFC 4291, 2.5.5.2).
using IpBytes = std::array<uint8_t, 16>;

// Nothing for anything but an IP address.
std::optional<IpBytes> ParseIp(std::string_view text);

struct IpRange {
  IpBytes first{};
  // Bits of `first` that count; 128: one address.
  int bits = 128;
  auto operator<=>(const IpRange&) const = default;

  bool Contains(const IpBytes& address) const;
};

// "10.0.0.7", "10.1.0.0/16", "fd00::/64". Bits beyond the prefix do not count. Nothing for anything else.
std::optional<IpRange> ParseIpRange(std::string_view text);

}  // namespace locus::meta
