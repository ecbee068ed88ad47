#include "cache_worker/traffic/sock_diag.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/cache_worker/support/eventually.h"

using namespace locus::worker;

namespace {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) { REQUIRE(fd >= 0); }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

// A listener on IPv6 that takes IPv4 too, as Java's do.
struct Server {
  Server() : socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    REQUIRE(::bind(socket.fd(), reinterpret_cast<sockaddr*>(&any), sizeof(any)) == 0);
    REQUIRE(::listen(socket.fd(), 10) == 0);
    socklen_t size = sizeof(any);
    REQUIRE(::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&any), &size) == 0);
    port = ntohs(any.sin6_port);
  }
  Socket socket;
  uint16_t port = 0;
};

sockaddr_in At(const char* address, uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  REQUIRE(::inet_pton(AF_INET, address, &at.sin_addr) == 1);
  return at;
}

}  // namespace

TEST_CASE("the kernel tells each client's address and what it has acknowledged", "[agent]") {
  const Server server;
  const Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in own = At("127.9.8.7", 0), to = At("127.0.0.1", server.port);
  REQUIRE(::bind(client.fd(), reinterpret_cast<const sockaddr*>(&own), sizeof(own)) == 0);
  REQUIRE(::connect(client.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
  const Socket accepted(::accept(server.socket.fd(), nullptr, nullptr));
  const std::string text(100'000, 'x');
  REQUIRE(::send(accepted.fd(), text.data(), text.size(), 0) == 100'000);
  std::string got(100'000, '\0');
  REQUIRE(::recv(client.fd(), got.data(), got.size(), MSG_WAITALL) == 100'000);
  const ConnectionSource source = ConnectionsOn(server.port);
  // The last acknowledgement may be on its way.
  REQUIRE(Eventually([&] {
    const auto open = source();
    REQUIRE(open.ok());
    return open->size() == 1 && open->front().sent_bytes == 100'000;
  }));
  const auto open = source();
  CHECK(open->front().client == "127.9.8.7");
  CHECK(open->front().cookie != 0);
}

TEST_CASE("connections of other ports are not told", "[agent]") {
  const Server server, other;
  const Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in to = At("127.0.0.1", other.port);
  REQUIRE(::connect(client.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
  CHECK(ConnectionsOn(server.port)()->empty());
  CHECK(ConnectionsOn(other.port)()->size() == 1);
}
