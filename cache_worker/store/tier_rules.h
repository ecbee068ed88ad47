// Which folder a block moves to, and when room is made beforehand. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cache_worker/store/block.h"

namespace locus::worker {

struct TierRules {
  // A block that was read this often in a slower tier may move up; 0: never.
  uint32_t promote_after = 0;
  // What a faster tier gives up moves down where it is worth more than what lies there.
  bool demote = false;
  // Shares of a folder's quota. Beyond the first one room is made in the background, down to the second one; moves fill
  // a folder up to the second one only, so that what they take is never what a write counts on.
  double high_watermark = 1;
  double low_watermark = 1;
};

// One tier folder, as the rules see it.
struct FolderView {
  Tier tier = Tier::kMem;
  // Takes new blocks, and can remove old ones.
  bool usable = true;
  uint64_t quota_bytes = 0;
  // There, or promised to a write.
  uint64_t taken_bytes = 0;
  // Of these, blocks that may be evicted.
  uint64_t live_bytes = 0;
  // Last use of the block that would go next (a larger number is later); absent: nothing can go.
  std::optional<uint64_t> coldest;
};

// How much has to leave the folder so that writes find room.
uint64_t SurplusBytes(const TierRules& rules, const FolderView& folder);

// How much has to leave the folder before a block of that size may move there.
uint64_t MissingForMove(const TierRules& rules, const FolderView& folder, uint64_t bytes);

// The fastest folder, faster than `from`, that takes a block which was read promote_after times since `since`: one with
// room, or one that has something not read in all that time. Folders are listed fastest first.
std::optional<size_t> PromotionTarget(const TierRules& rules, const std::vector<FolderView>& folders, size_t from,
                                      uint64_t bytes, uint64_t since);

// The fastest folder, slower than `from`, that takes a block last used at `last_use`: one with room, or one that has
// something not used since.
std::optional<size_t> DemotionTarget(const TierRules& rules, const std::vector<FolderView>& folders, size_t from,
                                     uint64_t bytes, uint64_t last_use);

}  // namespace locus::worker
