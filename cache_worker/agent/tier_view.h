// Which blocks lie in which tier, from what was listed and what happened since. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "cache_worker/store/block.h"

namespace locus::worker {

// One block file that a listing found.
struct ListedBlock {
  uint64_t block = 0;
  uint64_t bytes = 0;
};

// What happened to one name in one folder.
struct FileEvent {
  enum class Kind {
    // A file began to be written in place: it counts from its end on.
    kBegun,
    // A file is there, whole: moved in, or closed after writing.
    kArrived,
    // Deleted or moved out.
    kGone,
  };
  Kind kind = Kind::kArrived;
  size_t folder = 0;
  uint64_t block = 0;
  // Of kArrived.
  uint64_t bytes = 0;
};

struct TierChange {
  uint64_t block = 0;
  Tier tier = Tier::kMem;
  bool added = true;
};

// A tier may have several folders: a block is in the tier while it lies in any of them.
//
// What is told (Flush) is the difference between two moments, not each step: a block that came and went between them is
// no news, and a move between tiers is an addition and then a removal in whatever order the two halves were seen.
//
// Listings and events meet like this: the folder is watched first, listed then, and the events since the listing began
// are applied on top of it. For a name with such an event, the last one tells how it is now, whatever the listing saw;
// a name without one is as it was listed. A file that is being written shows in a listing but does not count: it is
// known by its kBegun. Of a writer that was at it before the folder was watched nothing is known: its file counts from
// the listing on, which is early by the rest of that write.
//
// About 40 bytes a block at worst. Not thread-safe.
class TierView {
 public:
  // `tiers[i]` is the tier of folder i; every folder of an event is below their number. Beyond `max_blocks` files of
  // all folders, further ones are left out and counted.
  TierView(std::vector<Tier> tiers, size_t max_blocks);

  void Apply(const FileEvent& event);
  // All files of the folder, as a listing found them. Returns the blocks that were known otherwise.
  std::vector<uint64_t> Listed(size_t folder, const std::vector<ListedBlock>& files);
  // The folder is another one now, or gone: nothing is known of what is being written in it.
  void ForgetUnfinished(size_t folder);

  // Tells the difference to the last Flush, for each block the additions first.
  void Flush(const std::function<void(const TierChange&)>& tell);
  // Every block of every tier.
  void ForEach(const std::function<void(uint64_t block, Tier tier)>& visit) const;

  // (block, tier) pairs and bytes of files.
  uint64_t blocks(Tier tier) const { return blocks_[static_cast<size_t>(tier)]; }
  uint64_t bytes(size_t folder) const { return folders_[folder].bytes; }
  // Files that were left out because the view was full.
  uint64_t over_limit() const { return over_limit_; }

 private:
  // A set of tiers, a bit each.
  using TierSet = uint8_t;
  struct Folder {
    Tier tier = Tier::kMem;
    uint64_t bytes = 0;
    // Block to bytes.
    absl::flat_hash_map<uint64_t, uint64_t> files;
    // Being written, with the size that the last listing found. A file that has not grown from one listing to the next
    // counts: it was linked rather than written, or its end was missed.
    absl::flat_hash_map<uint64_t, std::optional<uint64_t>> unfinished;
  };

  TierSet TiersOf(uint64_t block) const;
  // Before each change of a block.
  void Touch(uint64_t block) { touched_.try_emplace(block, TiersOf(block)); }
  void Put(Folder& folder, uint64_t block, uint64_t bytes);
  void Remove(Folder& folder, uint64_t block);
  // Compares the files that are being written with the listing. Returns those that do not count.
  absl::flat_hash_set<uint64_t> StillUnfinished(Folder& folder, const std::vector<ListedBlock>& files);

  const size_t max_blocks_;
  std::vector<Folder> folders_;
  size_t files_ = 0;
  uint64_t over_limit_ = 0;
  // Blocks changed since the last Flush, with the tiers that were told.
  absl::flat_hash_map<uint64_t, TierSet> touched_;
  uint64_t blocks_[4] = {};
};

}  // namespace locus::worker
