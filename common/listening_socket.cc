#include "common/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/status.h"

namespace locus {
namespace {

// Connections that the kernel has accepted and the server not yet.
constexpr int kBacklog = 1024;

int PortOf(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return bound.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port)
                                     : ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

}  // namespace

absl::StatusOr<ListeningSocket> ListenOn(const std::string& address, int port) {
  const auto failed = [&](const std::string& why) {
    return Unavailable("cannot listen on " + address + ":" + std::to_string(port) + ": " + why);
  };
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
    return failed(::gai_strerror(error));
  }
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  const int off = 0;
  // Whatever the machine's default is. Fails for IPv4, where it means nothing.
  static_cast<void>(::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
  const bool listens = fd >= 0 && ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                       ::bind(fd, found->ai_addr, found->ai_addrlen) == 0 && ::listen(fd, kBacklog) == 0;
  const int error = errno;
  ::freeaddrinfo(found);
  if (listens) return ListeningSocket{fd, PortOf(fd)};
  if (fd >= 0) ::close(fd);
  return failed(std::strerror(error));
}

void RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  // Best effort: with fewer files connections are refused, which is counted.
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace locus
