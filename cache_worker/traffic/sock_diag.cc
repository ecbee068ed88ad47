#include "cache_worker/traffic/sock_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "common/status.h"

namespace locus::worker {
namespace {

// States of linux/net/tcp_states.h, which user space cannot include.
constexpr uint32_t kEstablished = 1u << 1;
constexpr uint32_t kFinWait1 = 1u << 4;
constexpr uint32_t kCloseWait = 1u << 8;
constexpr int kAnswerSeconds = 2;
// The kernel fills at most this much at once.
constexpr size_t kBufferBytes = 32 * 1024;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 diag;
};

class Socket {
 public:
  Socket() : fd_(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
    const timeval limit{kAnswerSeconds, 0};
    if (fd_ >= 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::Status Failed(std::string_view what, int error) {
  return Unavailable("the kernel does not tell of TCP connections: " + std::string(what) + ": " + std::strerror(error));
}

std::string AddressOf(const inet_diag_msg& message) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto* words = message.id.idiag_dst;
  const bool mapped = words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff);
  if (message.idiag_family == AF_INET) {
    ::inet_ntop(AF_INET, words, text.data(), text.size());
  } else if (mapped) {
    ::inet_ntop(AF_INET, words + 3, text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, words, text.data(), text.size());
  }
  return text.data();
}

Connection ConnectionOf(const nlmsghdr* header) {
  const auto* message = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
  Connection connection;
  connection.cookie = (uint64_t{message->id.idiag_cookie[1]} << 32) | message->id.idiag_cookie[0];
  connection.client = AddressOf(*message);
  auto left = static_cast<int>(header->nlmsg_len - NLMSG_LENGTH(sizeof(*message)));
  const auto* attribute = reinterpret_cast<const rtattr*>(message + 1);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != INET_DIAG_INFO) continue;
    // Kernels differ in how much of the structure they fill.
    tcp_info info{};
    std::memcpy(&info, RTA_DATA(attribute), std::min<size_t>(RTA_PAYLOAD(attribute), sizeof(info)));
    connection.sent_bytes = info.tcpi_bytes_acked;
  }
  return connection;
}

absl::Status Ask(int fd, uint8_t family, uint16_t port) {
  Request request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.diag.sdiag_family = family;
  request.diag.sdiag_protocol = IPPROTO_TCP;
  request.diag.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  request.diag.idiag_states = kEstablished | kFinWait1 | kCloseWait;
  request.diag.id.idiag_sport = htons(port);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent =
      ::sendto(fd, &request, sizeof(request), 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof(kernel));
  return sent < 0 ? Failed("sendto", errno) : absl::OkStatus();
}

// Appends the answer to one question.
absl::Status Read(int fd, uint16_t port, std::vector<Connection>* connections) {
  alignas(nlmsghdr) std::array<char, kBufferBytes> buffer{};
  for (;;) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Failed("recv", got < 0 ? errno : EPIPE);
    auto left = static_cast<unsigned>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return absl::OkStatus();
      if (header->nlmsg_type == NLMSG_ERROR) {
        const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
        return Failed("dump", header->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) ? EPROTO : -error->error);
      }
      if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY || header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)) ||
          connections->size() >= kMaxConnections) {
        continue;
      }
      const auto* message = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
      // Kernels that do not filter by port send all.
      if (message->id.idiag_sport == htons(port)) connections->push_back(ConnectionOf(header));
    }
  }
}

}  // namespace

ConnectionSource ConnectionsOn(uint16_t port) {
  return [port]() -> absl::StatusOr<std::vector<Connection>> {
    const Socket socket;
    if (socket.fd() < 0) return Failed("socket", errno);
    std::vector<Connection> connections;
    for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
      LOCUS_RETURN_IF_ERROR(Ask(socket.fd(), family, port));
      LOCUS_RETURN_IF_ERROR(Read(socket.fd(), port, &connections));
    }
    return connections;
  };
}

}  // namespace locus::worker
