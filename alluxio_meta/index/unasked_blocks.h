// Blocks on holders whose file nobody has asked for: a worker beside Alluxio tells of all its blocks, long before
// anybody wants to know what they belong to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "absl/container/btree_set.h"
#include "alluxio_meta/index/replica_set.h"
#include "alluxio_meta/index/types.h"

namespace locus::meta {

// Not thread-safe. 16 bytes a copy, about 21 with the tree's spare room. Marks are the caller's, as in ReplicaSet.
class UnaskedBlocks {
 public:
  explicit UnaskedBlocks(uint64_t max_blocks) : max_blocks_(max_blocks) {}

  // `mark_bits`: what the tier's mark bit becomes when the copy is added. kLimit: it found no room.
  BlockOutcome Change(HolderId holder, const BlockChange& change, uint8_t mark_bits);
  // Keeps a copy, when there is room for it. Whether there was.
  bool Put(FileId file, const Replica& replica);
  // Takes the file's copies out, in the order of ReplicaSet.
  std::vector<Replica> Take(FileId file);
  // Marks all copies of the holder.
  void MarkAll(HolderId holder, uint8_t marks);
  // Removes what of the holder's is not marked with `mark_bits`, all when `everything`. Returns the number of (block,
  // tier) pairs removed.
  size_t Drop(HolderId holder, uint8_t mark_bits, bool everything);

  // Of this holder.
  uint64_t Blocks(HolderId holder) const { return holder < of_holder_.size() ? of_holder_[holder] : 0; }
  uint64_t size() const { return blocks_.size(); }

 private:
  struct Entry {
    FileId file;
    uint32_t block;
    HolderId holder;
    // Not part of the key: may change in place.
    mutable uint8_t tiers;
    mutable uint8_t marks;
    bool operator<(const Entry& other) const {
      return std::tie(file, block, holder) < std::tie(other.file, other.block, other.holder);
    }
  };
  static_assert(sizeof(Entry) == 16);

  void Count(HolderId holder, int64_t change);

  const uint64_t max_blocks_;
  absl::btree_set<Entry> blocks_;
  std::vector<uint64_t> of_holder_;
};

}  // namespace locus::meta
