// A TCP connection for tests that speaks exactly the bytes it is told, and reads HTTP answers without any library.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace locus {

struct RawAnswer {
  // 0: the connection ended, or nothing whole came in time.
  int status = 0;
  // Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
};

// To 127.0.0.1. Every wait is bounded by ten seconds. Not thread-safe.
class RawConnection {
 public:
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  bool connected() const { return fd_ >= 0; }
  // False: the peer is gone.
  bool Send(std::string_view bytes);
  // One answer; `head` for a request with method HEAD, whose answer has no body.
  RawAnswer Receive(bool head = false);
  // True when the peer closes within the time and sends nothing before it.
  bool ClosedWithin(int milliseconds);
  // True when bytes are there within the time.
  bool ReadableWithin(int milliseconds);

 private:
  // Appends what arrives to buffer_. False: closed or ten seconds of silence.
  bool Fill();

  int fd_ = -1;
  std::string buffer_;
};

inline RawAnswer Ask(RawConnection& connection, std::string_view request) {
  connection.Send(request);
  return connection.Receive();
}

}  // namespace locus
