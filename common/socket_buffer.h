// A connected socket with buffers, and with a deadline for each request and each answer.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/http_body.h"
#include "common/transport.h"

namespace locus {

// Reads ahead through a large buffer and gathers writes until Flush. Bounds the whole of a request and of an answer, so
// that a peer that sends or takes a byte now and then does not hold a thread. Not thread-safe. The descriptor stays the
// caller's.
class SocketBuffer final : public ByteSource {
 public:
  // `transport` is of `fd`, which is only polled here. `io_timeout` bounds one request's arrival, a TLS handshake
  // before it included, and one answer's departure. `transport` and `clock` must outlive this.
  SocketBuffer(int fd, Transport& transport, Duration io_timeout, const Clock& clock);

  // A request starts: its time and its budget count from now on. At most `max_bytes` may be read until AllowBytes.
  void BeginRequest(size_t max_bytes);
  void AllowBytes(size_t more) { budget_ += more; }

  // Negative: failed, late, or over the budget.
  ssize_t Read(char* to, size_t size) override;
  // Bytes that were read ahead wait here: another request has begun to arrive.
  bool HasBufferedInput() const { return begin_ < end_ || transport_.HasInput(); }

  // Gathers; sends what has gathered when it grows large. False: the peer is gone or too slow.
  bool Write(const char* data, size_t size);
  // Sends what has gathered. After a failure nothing more is sent.
  bool Flush();
  // A request or an answer has taken longer than `io_timeout`.
  bool late() const { return late_; }

 private:
  ssize_t Receive(char* to, size_t size);
  // Waits for `events` until `deadline`.
  bool Wait(short events, SteadyTime deadline);

  const int fd_;
  Transport& transport_;
  const Duration io_timeout_;
  const Clock& clock_;
  std::vector<char> in_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t budget_ = 0;
  SteadyTime read_deadline_{};
  SteadyTime write_deadline_{};
  bool writing_ = false;
  bool failed_ = false;
  bool late_ = false;
  std::string out_;
};

}  // namespace locus
