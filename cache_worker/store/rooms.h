// Bytes of each tier folder: what is there, what is promised, what is left. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cache_worker/store/block.h"

namespace locus::worker {

struct TierFolder {
  Tier tier = Tier::kMem;
  std::string path;
  // Payload bytes that the folder may hold; trailers (8 bytes a MiB, 72 bytes and the path a block) come on top.
  uint64_t quota_bytes = 0;
};

// Not thread-safe. What may ever lie in a folder, used() + reserved(), never exceeds its quota, unless a quota was
// lowered since the last run.
class Rooms {
 public:
  // Fastest first.
  explicit Rooms(std::vector<TierFolder> folders) : folders_(std::move(folders)), use_(folders_.size()) {}

  size_t size() const { return folders_.size(); }
  const TierFolder& folder(size_t i) const { return folders_[i]; }

  // How much must go before `bytes` more fit; 0: they fit now.
  uint64_t Missing(size_t i, uint64_t bytes) const {
    const uint64_t wanted = use_[i].used + use_[i].reserved + bytes;
    return wanted > folders_[i].quota_bytes ? wanted - folders_[i].quota_bytes : 0;
  }

  // A write of that size begins, or is given up.
  void Reserve(size_t i, uint64_t bytes) { use_[i].reserved += bytes; }
  void Release(size_t i, uint64_t bytes) { use_[i].reserved -= bytes; }
  // A block is in the index, or leaves it (its file is still there).
  void Enter(size_t i, uint64_t bytes) {
    use_[i].used += bytes;
    use_[i].live += bytes;
  }
  void Leave(size_t i, uint64_t bytes) { use_[i].live -= bytes; }
  // A block of the index must stay, or need not any longer.
  void Hold(size_t i, uint64_t bytes) { use_[i].live -= bytes; }
  void Unhold(size_t i, uint64_t bytes) { use_[i].live += bytes; }
  // A file that is no block of the index is on disk, or is gone from it.
  void Occupy(size_t i, uint64_t bytes) { use_[i].used += bytes; }
  void Free(size_t i, uint64_t bytes) { use_[i].used -= bytes; }

  // Bytes on disk.
  uint64_t used(size_t i) const { return use_[i].used; }
  // Of these, the bytes of blocks that could be evicted.
  uint64_t live(size_t i) const { return use_[i].live; }
  uint64_t reserved(size_t i) const { return use_[i].reserved; }

 private:
  struct Use {
    uint64_t used = 0;
    uint64_t live = 0;
    uint64_t reserved = 0;
  };
  const std::vector<TierFolder> folders_;
  std::vector<Use> use_;
};

}  // namespace locus::worker
