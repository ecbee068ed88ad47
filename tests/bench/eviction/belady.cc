#include "tests/bench/eviction/belady.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace locus::bench {
namespace {

constexpr size_t kNever = SIZE_MAX;

// For each request the position of the next one for the same block.
std::vector<size_t> NextUses(const std::vector<Request>& requests) {
  std::vector<size_t> next(requests.size(), kNever);
  std::unordered_map<worker::BlockKey, size_t, worker::BlockKeyHash> seen;
  for (size_t i = requests.size(); i-- > 0;) {
    const auto [at, is_new] = seen.try_emplace(requests[i].key, i);
    if (is_new) continue;
    next[i] = at->second;
    at->second = i;
  }
  return next;
}

}  // namespace

HitRates BestPossible(const std::vector<Request>& requests, uint64_t capacity_bytes) {
  const std::vector<size_t> next = NextUses(requests);
  // Bytes kept of a block, by the position of its next use, which tells the block.
  std::map<size_t, uint64_t> kept;
  uint64_t used = 0, hits = 0, hit_bytes = 0, all_bytes = 0;
  for (size_t i = 0; i < requests.size(); ++i) {
    all_bytes += requests[i].bytes;
    if (const auto here = kept.find(i); here != kept.end()) {
      hits += here->second == requests[i].bytes ? 1 : 0;
      hit_bytes += here->second;
      used -= here->second;
      kept.erase(here);
    }
    if (next[i] == kNever) continue;
    kept[next[i]] = requests[i].bytes;
    used += requests[i].bytes;
    while (used > capacity_bytes) {
      const auto last = std::prev(kept.end());
      const uint64_t away = std::min(used - capacity_bytes, last->second);
      used -= away;
      last->second -= away;
      if (last->second == 0) kept.erase(last);
    }
  }
  return {static_cast<double>(hits) / static_cast<double>(requests.size()),
          static_cast<double>(hit_bytes) / static_cast<double>(all_bytes)};
}

}  // namespace locus::bench
