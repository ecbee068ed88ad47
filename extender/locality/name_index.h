// Where a name stands in a list, for the 5,000 look-ups of one prioritize call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace locus::extender {

// Of bytes; not for anything that outlives the process.
uint64_t HashName(std::string_view name);

// Open addressing, eight bytes a slot: that a name is *not* in the list, the usual answer, is known after one look at a
// slot. Holds positions only; the names stay with the owner, who passes the same `name_of(position)` to each call.
// Copies are independent. Thread-safe for reading.
class NameIndex {
 public:
  NameIndex() = default;

  // Of the names 0 to count - 1. Of equal names the first counts.
  template <typename NameOf>
  NameIndex(size_t count, NameOf name_of) {
    size_t size = 8;
    while (size < 2 * count) size *= 2;
    slots_.resize(size);
    for (size_t i = 0; i < count; ++i) {
      const uint64_t hash = HashName(name_of(i));
      Slot& slot = slots_[Probe(hash, name_of(i), name_of)];
      if (slot.number == 0) slot = {TagOf(hash), static_cast<uint32_t>(i + 1)};
    }
  }

  template <typename NameOf>
  std::optional<size_t> Find(std::string_view name, NameOf name_of) const {
    if (slots_.empty()) return std::nullopt;
    const Slot& slot = slots_[Probe(HashName(name), name, name_of)];
    if (slot.number == 0) return std::nullopt;
    return slot.number - 1;
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    // Position + 1; 0: free.
    uint32_t number = 0;
  };

  static uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  // The slot that holds `name`, or the free one where it belongs. There is always a free one: at most half are taken.
  template <typename NameOf>
  size_t Probe(uint64_t hash, std::string_view name, NameOf name_of) const {
    const size_t mask = slots_.size() - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
      const Slot& slot = slots_[i];
      if (slot.number == 0 || (slot.tag == TagOf(hash) && name_of(slot.number - 1) == name)) return i;
    }
  }

  std::vector<Slot> slots_;
};

}  // namespace locus::extender
