#include "tests/integration/locusctl/dripping_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace locus {

DrippingServer::DrippingServer(std::string prologue) : prologue_(std::move(prologue)) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd_, generic, size) != 0 || ::listen(fd_, 8) != 0 || ::getsockname(fd_, generic, &size) != 0) std::abort();
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

DrippingServer::~DrippingServer() {
  stop_ = true;
  thread_.join();
  ::close(fd_);
}

void DrippingServer::Serve() {
  while (!stop_) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 10) <= 0) continue;
    const int connection = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    ::send(connection, prologue_.data(), prologue_.size(), MSG_NOSIGNAL);
    while (!stop_ && ::send(connection, "x", 1, MSG_NOSIGNAL) == 1) ::poll(nullptr, 0, 10);
    ::close(connection);
  }
}

}  // namespace locus
