#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "cache_worker/agent/probe.h"

namespace locus::worker {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

ProbeResult ResultOf(int error) {
  switch (error) {
    case 0: return ProbeResult::kAccepted;
    // Ours to blame: no descriptors, no local ports, no memory.
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EADDRNOTAVAIL:
    case EACCES:
    case EPERM: return ProbeResult::kUntried;
    case ETIMEDOUT: return ProbeResult::kSilent;
    default: return ProbeResult::kRefused;
  }
}

ProbeResult TryAddress(const addrinfo& address, Duration timeout) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ProbeResult::kUntried;
  ProbeResult result = ProbeResult::kSilent;
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) {
    result = ProbeResult::kAccepted;
  } else if (errno != EINPROGRESS) {
    result = ResultOf(errno);
  } else {
    pollfd wanted{fd, POLLOUT, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout);
    int error = 0;
    socklen_t size = sizeof(error);
    if (::poll(&wanted, 1, static_cast<int>(ms.count())) == 1) {
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      result = ResultOf(error);
    }
  }
  ::close(fd);
  return result;
}

}  // namespace

Connector ConnectTo(std::string host, uint16_t port) {
  return [host = std::move(host), service = std::to_string(port)](Duration timeout) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), service.c_str(), &wanted, &found) != 0) return ProbeResult::kUntried;
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    int count = 0;
    for (const addrinfo* a = found; a != nullptr; a = a->ai_next) ++count;
    ProbeResult verdict = ProbeResult::kUntried;
    for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
      const ProbeResult result = TryAddress(*a, timeout / count);
      if (result == ProbeResult::kAccepted) return result;
      // Silence at one address leaves open what is behind it; a refusal says more than what could not be tried.
      if (result == ProbeResult::kSilent || verdict == ProbeResult::kUntried) verdict = result;
    }
    return verdict;
  };
}

}  // namespace locus::worker
