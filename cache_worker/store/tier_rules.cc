#include "cache_worker/store/tier_rules.h"

namespace locus::worker {
namespace {

// A quota is far below 2^53: the product is exact enough, and exact for a share of 1.
uint64_t Share(uint64_t quota, double share) { return static_cast<uint64_t>(static_cast<double>(quota) * share); }

// Whether it takes the block, now or once what was last used before `before` has left.
bool Takes(const TierRules& rules, const FolderView& folder, uint64_t bytes, uint64_t before) {
  if (!folder.usable || Share(folder.quota_bytes, rules.low_watermark) < bytes) return false;
  const uint64_t missing = MissingForMove(rules, folder, bytes);
  return missing == 0 || (missing <= folder.live_bytes && folder.coldest && *folder.coldest < before);
}

// The first of these folders that takes the block; within a tier one with room rather than one that has to give
// something up. A tier that is full of what is hotter does not keep the block from the next one.
std::optional<size_t> FirstThatTakes(const TierRules& rules, const std::vector<FolderView>& folders, size_t begin,
                                     size_t end, uint64_t bytes, uint64_t before) {
  std::optional<size_t> best;
  for (size_t i = begin; i < end; ++i) {
    if (best && folders[i].tier != folders[*best].tier) break;
    if (!Takes(rules, folders[i], bytes, before)) continue;
    if (MissingForMove(rules, folders[i], bytes) == 0) return i;
    if (!best) best = i;
  }
  return best;
}

}  // namespace

uint64_t SurplusBytes(const TierRules& rules, const FolderView& folder) {
  const uint64_t low = Share(folder.quota_bytes, rules.low_watermark);
  if (folder.taken_bytes <= Share(folder.quota_bytes, rules.high_watermark) || folder.taken_bytes <= low) return 0;
  return folder.taken_bytes - low;
}

uint64_t MissingForMove(const TierRules& rules, const FolderView& folder, uint64_t bytes) {
  const uint64_t low = Share(folder.quota_bytes, rules.low_watermark);
  const uint64_t wanted = folder.taken_bytes + bytes;
  return wanted > low ? wanted - low : 0;
}

std::optional<size_t> PromotionTarget(const TierRules& rules, const std::vector<FolderView>& folders, size_t from,
                                      uint64_t bytes, uint64_t since) {
  if (rules.promote_after == 0) return std::nullopt;
  size_t end = from;
  while (end > 0 && folders[end - 1].tier == folders[from].tier) --end;
  return FirstThatTakes(rules, folders, 0, end, bytes, since);
}

std::optional<size_t> DemotionTarget(const TierRules& rules, const std::vector<FolderView>& folders, size_t from,
                                     uint64_t bytes, uint64_t last_use) {
  if (!rules.demote) return std::nullopt;
  size_t begin = from;
  while (begin < folders.size() && folders[begin].tier == folders[from].tier) ++begin;
  return FirstThatTakes(rules, folders, begin, folders.size(), bytes, last_use);
}

}  // namespace locus::worker
