#include "cache_worker/report/addresses.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/endpoint.h"
#include "common/status.h"

namespace locus::worker {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::string TextOf(const addrinfo& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* const bytes =
      address.ai_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address.ai_addr)->sin_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address.ai_addr)->sin6_addr);
  ::inet_ntop(address.ai_family, bytes, text, sizeof text);
  return text;
}

}  // namespace

std::vector<std::string> TargetsIn(std::string_view list) {
  std::vector<std::string> targets;
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(list), ',');
  for (std::string target : parts) {
    absl::StripAsciiWhitespace(&target);
    if (!target.empty()) targets.push_back(std::move(target));
  }
  return targets;
}

absl::StatusOr<std::vector<std::string>> AddressesOf(const std::string& target) {
  LOCUS_ASSIGN_OR_RETURN(const Endpoint endpoint, ParseEndpoint(target));
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(endpoint.host.c_str(), nullptr, &wanted, &found); error != 0) {
    return Unavailable(endpoint.host + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  const std::string port = std::to_string(endpoint.port);
  std::vector<std::string> old_kind;
  std::vector<std::string> new_kind;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_family == AF_INET) old_kind.push_back(TextOf(*at) + ":" + port);
    if (at->ai_family == AF_INET6) new_kind.push_back("[" + TextOf(*at) + "]:" + port);
  }
  if (old_kind.empty() && new_kind.empty()) return Unavailable(endpoint.host + " has no address");
  return old_kind.empty() ? new_kind : old_kind;
}

}  // namespace locus::worker
