// How far the reader of one block is behind what it was sent. Pure.
#pragma once

#include <cstdint>

namespace locus::worker {

// Not thread-safe. Positions are bytes from the block's begin.
class SendWindow {
 public:
  SendWindow() = default;
  SendWindow(uint64_t begin, uint64_t window) : sent_(begin), received_(begin), window_(window) {}

  void Sent(uint64_t bytes) { sent_ += bytes; }
  // What a reader says it has. One that is behind an earlier word, or beyond what was sent, is not believed.
  void Received(uint64_t position) {
    if (position > received_ && position <= sent_) received_ = position;
  }
  uint64_t sent() const { return sent_; }
  uint64_t unacknowledged() const { return sent_ - received_; }

  // Whether `bytes` more may be made ready while the transport still works on the last ones. What the transport is
  // ready for may always be sent: a reader that never acknowledges is served too, with nothing read ahead for it.
  bool MayReadAhead(uint64_t bytes) const { return unacknowledged() + bytes <= window_; }

 private:
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
  uint64_t window_ = 0;
};

}  // namespace locus::worker
