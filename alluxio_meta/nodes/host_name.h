// One form for the many ways to write a host. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace locus::meta {

// An IP address in its canonical text: brackets and zone dropped, an IPv4-mapped IPv6 address as the IPv4 address.
// Nothing for any other text, also for IPv4 with leading zeros, which some read as octal.
std::optional<std::string> CanonicalIp(std::string_view text);

// An IP address as CanonicalIp gives it; any other name in lower case, without a trailing dot. Two texts that name the
// same host by the same name or address give the same key.
std::string HostKey(std::string_view host);

// The address in the first label of a reverse-DNS pod name, canonical: 10-244-1-7.web.default.svc.cluster.local,
// fd00--1-7.default.pod.cluster.local. `key` as HostKey gives it.
std::optional<std::string> DashedIp(std::string_view key);

}  // namespace locus::meta
