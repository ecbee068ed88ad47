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

  // kLimit: it found no room.
  BlockOutcome Change(HolderId holder, const BlockChange& change);
  // Keeps a copy, when there is room for it. Whether there was.
  bool Put(FileId file, const Replica& replica);
  // Takes the file's copies out, in the order of ReplicaSet.
  std::vector<Replica> Take(FileId file);
  // From here on a copy is confirmed when marked with `confirmed`; none of the holder's is yet. `broken_off`: the
  // snapshot before this one did not end, so that some may be marked so already. Then it scans all copies.
  void BeginSnapshot(HolderId holder, uint8_t confirmed, bool broken_off);
  // Removes what of the holder's is not confirmed. Returns the number of (block, tier) pairs removed. Scans all copies,
  // of all holders, unless there is nothing to remove: a thousand agents that begin at once remove nothing.
  size_t DropUnconfirmed(HolderId holder);
  // Forgets all about the holder.
  void DropHolder(HolderId holder);

  // Of this holder.
  uint64_t Blocks(HolderId holder) const { return holder < shares_.size() ? shares_[holder].blocks : 0; }
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

  // What is kept of one holder.
  struct Share {
    uint64_t blocks = 0;
    // Of these, with a tier that is not confirmed; never too few.
    uint64_t unconfirmed = 0;
    uint8_t confirmed = 0;
  };

  Share& ShareOf(HolderId holder);
  // 1 when it has a tier that is not confirmed.
  static uint64_t Unconfirmed(const Entry& entry, const Share& share) {
    return (entry.tiers & (entry.marks ^ share.confirmed)) != 0 ? 1 : 0;
  }
  size_t Drop(HolderId holder, bool everything);

  const uint64_t max_blocks_;
  absl::btree_set<Entry> blocks_;
  std::vector<Share> shares_;
};

}  // namespace locus::meta
