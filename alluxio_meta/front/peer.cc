#include "alluxio_meta/front/peer.h"

#include "alluxio_meta/nodes/host_name.h"

namespace locus::meta {
namespace {

constexpr std::string_view kHostName = "{HostName=";
// Host names have at most 253 characters.
constexpr size_t kMaxHost = 253;

}  // namespace

std::string PeerAddress(std::string_view peer) {
  const size_t colon = peer.find(':');
  if (colon == std::string_view::npos) return "";
  const std::string_view family = peer.substr(0, colon);
  if (family != "ipv4" && family != "ipv6") return "";
  std::string_view address = peer.substr(colon + 1);
  address = address.substr(0, address.rfind(':'));
  if (address.starts_with("%5B") && address.ends_with("%5D")) address = address.substr(3, address.size() - 6);
  // gRPC escapes the % of a zone as well, which is of no use to us.
  address = address.substr(0, address.find('%'));
  return CanonicalIp(address).value_or("");
}

std::string DialledHost(std::string_view channel_ref) {
  const size_t at = channel_ref.find(kHostName);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = channel_ref.substr(at + kHostName.size());
  const size_t end = rest.find_first_of(",}");
  if (end == std::string_view::npos || end > kMaxHost) return "";
  return HostKey(rest.substr(0, end));
}

}  // namespace locus::meta
