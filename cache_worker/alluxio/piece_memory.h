// Memory for pieces of blocks on their way to readers.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "common/mutex.h"

namespace locus::worker {

// Thread-safe. Hands the same memory out again and again: what is fresh from the kernel is mapped and cleared page by
// page, which costs about as much as to read a cached block into it. How much may be out at once is for ReadBudget to
// say.
class PieceMemory {
 private:
  struct Shelf {
    explicit Shelf(size_t max) : max_kept(max) {}
    const size_t max_kept;
    Mutex mutex;
    std::vector<std::unique_ptr<char[]>> pieces GUARDED_BY(mutex);
  };

 public:
  // Keeps up to `max_kept` pieces of `piece_bytes` for those who come next; those of other sizes are not kept. So there
  // is never more memory in all than was out at once.
  PieceMemory(size_t piece_bytes, size_t max_kept)
      : piece_bytes_(piece_bytes), shelf_(std::make_shared<Shelf>(max_kept)) {}

  // Bytes of one owner, who may outlive the PieceMemory: gRPC lets go of data when it likes.
  class Piece {
   public:
    Piece() = default;
    ~Piece() {
      if (shelf_ == nullptr) return;
      MutexLock lock(shelf_->mutex);
      if (shelf_->pieces.size() < shelf_->max_kept) shelf_->pieces.push_back(std::move(bytes_));
    }
    Piece(Piece&& other) noexcept = default;
    Piece& operator=(Piece&& other) noexcept {
      std::swap(bytes_, other.bytes_);
      std::swap(size_, other.size_);
      std::swap(shelf_, other.shelf_);
      return *this;
    }

    // What they hold at first is whatever was there before.
    char* data() { return bytes_.get(); }
    size_t size() const { return size_; }

   private:
    friend class PieceMemory;
    std::unique_ptr<char[]> bytes_;
    size_t size_ = 0;
    // None: goes back to the allocator.
    std::shared_ptr<Shelf> shelf_;
  };

  Piece Take(size_t size) {
    Piece piece;
    piece.size_ = size;
    if (size != piece_bytes_) {
      piece.bytes_ = std::make_unique_for_overwrite<char[]>(size);
      return piece;
    }
    {
      MutexLock lock(shelf_->mutex);
      if (!shelf_->pieces.empty()) {
        piece.bytes_ = std::move(shelf_->pieces.back());
        shelf_->pieces.pop_back();
      }
    }
    if (piece.bytes_ == nullptr) piece.bytes_ = std::make_unique_for_overwrite<char[]>(size);
    piece.shelf_ = shelf_;
    return piece;
  }

  size_t kept() const {
    MutexLock lock(shelf_->mutex);
    return shelf_->pieces.size();
  }

 private:
  const size_t piece_bytes_;
  const std::shared_ptr<Shelf> shelf_;
};

}  // namespace locus::worker
