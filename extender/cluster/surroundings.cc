#include "extender/cluster/surroundings.h"

#include <algorithm>

#include "extender/locality/name_index.h"

namespace locus::extender {

ZoneTable::ZoneTable(const std::vector<std::pair<std::string, std::string>>& nodes) {
  for (const auto& [node, zone] : nodes) {
    if (!zone.empty()) names_.push_back(zone);
  }
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  size_t size = 8;
  while (size < 2 * nodes.size()) size *= 2;
  slots_.resize(size);
  for (const auto& [node, zone] : nodes) {
    if (zone.empty()) continue;
    const uint64_t hash = HashName(node);
    Slot& slot = slots_[Probe(hash)];
    const auto place = std::lower_bound(names_.begin(), names_.end(), zone);
    if (slot.zone == kFree) slot = {hash, static_cast<uint32_t>(place - names_.begin())};
  }
}

size_t ZoneTable::Probe(uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  while (slots_[i].zone != kFree && slots_[i].hash != hash) i = (i + 1) & mask;
  return i;
}

std::optional<uint32_t> ZoneTable::Find(std::string_view node) const {
  if (slots_.empty()) return std::nullopt;
  const Slot& slot = slots_[Probe(HashName(node))];
  return slot.zone == kFree ? std::nullopt : std::optional(slot.zone);
}

}  // namespace locus::extender
