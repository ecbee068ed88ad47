// Memory that all readers of blocks share.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace locus::worker {

// Thread-safe. Nobody waits: who gets nothing makes do with less.
class ReadBudget {
 public:
  explicit ReadBudget(uint64_t bytes) : max_(bytes), used_(std::make_shared<std::atomic<uint64_t>>(0)) {}

  // Gives its bytes back at its end, which may come after the budget's own: gRPC lets go of data when it likes.
  class Hold {
   public:
    Hold(std::shared_ptr<std::atomic<uint64_t>> used, uint64_t bytes) : used_(std::move(used)), bytes_(bytes) {}
    ~Hold() {
      if (used_ != nullptr) *used_ -= bytes_;
    }
    Hold(Hold&& other) noexcept = default;
    Hold& operator=(Hold&& other) noexcept {
      std::swap(used_, other.used_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }

   private:
    std::shared_ptr<std::atomic<uint64_t>> used_;
    uint64_t bytes_;
  };

  std::optional<Hold> Take(uint64_t bytes) {
    uint64_t used = *used_;
    do {
      if (used + bytes > max_) return std::nullopt;
    } while (!used_->compare_exchange_weak(used, used + bytes));
    return Hold(used_, bytes);
  }
  uint64_t used() const { return *used_; }

 private:
  const uint64_t max_;
  const std::shared_ptr<std::atomic<uint64_t>> used_;
};

}  // namespace locus::worker
