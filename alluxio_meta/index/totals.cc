#include "alluxio_meta/index/totals.h"

#include <algorithm>

namespace locus::meta {

void HolderBytes::Add(HolderId holder, int tier, int64_t bytes) {
  if (bytes == 0) return;
  const uint32_t key = (uint32_t{holder} << 2) | static_cast<uint32_t>(tier);
  const auto it =
      std::lower_bound(entries_.begin(), entries_.end(), key, [](const Entry& e, uint32_t k) { return e.key < k; });
  if (it == entries_.end() || it->key != key) {
    // Most folders have few holders: grow by a quarter, as their number times the spare room counts.
    const auto at = it - entries_.begin();
    if (entries_.size() == entries_.capacity()) {
      entries_.reserve(entries_.size() + std::max<size_t>(2, entries_.size() / 4));
    }
    entries_.insert(entries_.begin() + at, Entry{key, static_cast<uint64_t>(bytes)});
    return;
  }
  it->bytes += static_cast<uint64_t>(bytes);
  if (it->bytes == 0) entries_.erase(it);
}

bool HolderBytes::Has(HolderId holder) const {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), uint32_t{holder} << 2,
                                   [](const Entry& e, uint32_t k) { return e.key < k; });
  return it != entries_.end() && it->holder() == holder;
}

void Totals::Apply(const Delta& delta) {
  for (int t = 0; t < kTiers; ++t) holders.Add(delta.holder, t, delta.tiers[static_cast<size_t>(t)]);
  cached += static_cast<uint64_t>(delta.cached);
}

}  // namespace locus::meta
