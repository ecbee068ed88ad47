// What moves bytes through a connected socket without ever waiting: plain, or under TLS (common/tls_transport.h).
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace locus {

// Not thread-safe.
class Transport {
 public:
  struct Moved {
    // Above 0: so many bytes. 0: nothing, see below; negative: the connection is of no use any more.
    ssize_t bytes = 0;
    // With 0 bytes: what to poll the socket for before the next attempt (POLLIN, POLLOUT); 0: the peer has ended.
    short wait_for = 0;
  };

  virtual ~Transport() = default;
  virtual Moved Receive(char* to, size_t size) = 0;
  virtual Moved Send(const char* data, size_t size) = 0;
  // Received bytes wait inside, of which the socket knows nothing.
  virtual bool HasInput() const = 0;
};

// The socket itself. The descriptor stays the caller's.
class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(int fd) : fd_(fd) {}
  Moved Receive(char* to, size_t size) override;
  Moved Send(const char* data, size_t size) override;
  bool HasInput() const override { return false; }

 private:
  const int fd_;
};

}  // namespace locus
