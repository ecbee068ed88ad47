#include "common/socket_buffer.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace locus {
namespace {

constexpr size_t kInBytes = 64 << 10;
// Answers below this size leave in one send.
constexpr size_t kOutBytes = 1 << 20;

// Of a system call that does not wait.
Transport::Moved Outcome(ssize_t n, short wait_for) {
  if (n >= 0) return {n, 0};
  return errno == EAGAIN || errno == EWOULDBLOCK ? Transport::Moved{0, wait_for} : Transport::Moved{-1, 0};
}

}  // namespace

Transport::Moved PlainTransport::Receive(char* to, size_t size) {
  ssize_t n = 0;
  do {
    n = ::recv(fd_, to, size, MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return Outcome(n, POLLIN);
}

Transport::Moved PlainTransport::Send(const char* data, size_t size) {
  ssize_t n = 0;
  do {
    n = ::send(fd_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return Outcome(n, POLLOUT);
}

SocketBuffer::SocketBuffer(int fd, Transport& transport, Duration io_timeout, const Clock& clock)
    : fd_(fd), transport_(transport), io_timeout_(io_timeout), clock_(clock), in_(kInBytes) {}

void SocketBuffer::BeginRequest(size_t max_bytes) {
  budget_ = max_bytes;
  read_deadline_ = clock_.Now() + io_timeout_;
  writing_ = false;
}

ssize_t SocketBuffer::Read(char* to, size_t size) {
  size = std::min(size, budget_);
  if (size == 0) return -1;
  if (begin_ == end_) {
    // A large body goes straight to the reader's memory.
    if (size >= in_.size()) {
      const ssize_t got = Receive(to, size);
      budget_ -= static_cast<size_t>(std::max<ssize_t>(0, got));
      return got;
    }
    const ssize_t got = Receive(in_.data(), in_.size());
    if (got <= 0) return got;
    begin_ = 0;
    end_ = static_cast<size_t>(got);
  }
  const size_t n = std::min(size, end_ - begin_);
  std::memcpy(to, in_.data() + begin_, n);
  begin_ += n;
  budget_ -= n;
  return static_cast<ssize_t>(n);
}

bool SocketBuffer::Write(const char* data, size_t size) {
  out_.append(data, size);
  return out_.size() <= kOutBytes || Flush();
}

bool SocketBuffer::Flush() {
  if (!writing_) {
    write_deadline_ = clock_.Now() + io_timeout_;
    writing_ = true;
  }
  size_t sent = 0;
  while (!failed_ && sent < out_.size()) {
    const Transport::Moved moved = transport_.Send(out_.data() + sent, out_.size() - sent);
    if (moved.bytes > 0) {
      sent += static_cast<size_t>(moved.bytes);
    } else {
      failed_ = moved.wait_for == 0 || !Wait(moved.wait_for, write_deadline_);
    }
  }
  out_.clear();
  return !failed_;
}

bool SocketBuffer::Wait(short events, SteadyTime deadline) {
  for (;;) {
    const Duration left = deadline - clock_.Now();
    if (left <= Duration::zero()) {
      late_ = true;
      return false;
    }
    pollfd p{fd_, events, 0};
    // Rounded up: a wait of 0 ms would spin.
    const int n = ::poll(&p, 1, static_cast<int>(ToMillis(left).count()) + 1);
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

ssize_t SocketBuffer::Receive(char* to, size_t size) {
  for (;;) {
    const Transport::Moved moved = transport_.Receive(to, size);
    // A peer that always has one more byte ready never waits: the deadline is asked here too.
    if (moved.bytes > 0) {
      late_ = clock_.Now() >= read_deadline_;
      return late_ ? -1 : moved.bytes;
    }
    if (moved.wait_for == 0) return moved.bytes;
    if (!Wait(moved.wait_for, read_deadline_)) return -1;
  }
}

}  // namespace locus
