// A file descriptor with an owner.
#pragma once

#include <utility>

namespace locus::worker {

// Closes what it holds. Not thread-safe.
class Descriptor {
 public:
  Descriptor() = default;
  // Takes over `fd`.
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  // -1 when it holds none.
  int get() const { return fd_; }
  // From now on the caller closes it.
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace locus::worker
