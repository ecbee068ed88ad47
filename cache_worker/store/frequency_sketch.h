// How often keys came up lately, in a few bits each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace locus::worker {

// Einziger, Friedman, Manes: "TinyLFU: A Highly Efficient Cache Admission Policy" (ACM TOS 2017): a count-min sketch of
// 4-bit counters, of which an addition raises only the smallest; before it a doorkeeper, a Bloom filter that takes the
// first occurrence, so that keys which come once cost no counter. After five additions for each key of `keys` all
// counters are halved and the doorkeeper is emptied: old popularity fades.
//
// Pure. Not thread-safe. 16 bytes of memory a key, `keys` rounded up to a power of two.
class FrequencySketch {
 public:
  // `keys`: how many popular ones it has to tell apart, such as the blocks of a cache.
  explicit FrequencySketch(size_t keys);

  // Makes it fit for so many; fewer than before changes nothing. Counts stay.
  void Grow(size_t keys);
  // `hash`: any; it is mixed here.
  void Add(uint64_t hash);
  // How often it was added, never less, until counters are halved; at most kMax. Seldom more.
  uint32_t Estimate(uint64_t hash) const;

  // Highest count: 15 in the counters, 1 at the door.
  static constexpr uint32_t kMax = 16;

 private:
  static constexpr size_t kRows = 4;

  bool AtTheDoor(uint64_t hash) const;
  void Age();

  size_t keys_;
  size_t additions_ = 0;
  // One bit each, 64 a key.
  std::vector<uint64_t> door_;
  // 16 counters a word, 4 counters a key and row.
  std::vector<uint64_t> rows_[kRows];
};

}  // namespace locus::worker
