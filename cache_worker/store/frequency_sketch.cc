#include "cache_worker/store/frequency_sketch.h"

#include <algorithm>
#include <bit>

namespace locus::worker {
namespace {

constexpr size_t kFewestKeys = 64;
// The sample after which counts are halved, for each key. The paper has 8 to 10; with 5 a working set that shifts gets
// more hits, one that does not hardly fewer (eviction_bench).
constexpr size_t kSample = 5;
constexpr int kDoorBits = 4;
constexpr uint64_t kFull = 15;
// Halves 16 counters at once: what is shifted in from the neighbour is masked away.
constexpr uint64_t kHalfMask = 0x7777'7777'7777'7777;

// The finaliser of splitmix64: every bit of the input reaches every bit of the output.
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9;
  x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EB;
  return x ^ (x >> 31);
}

// Positions in tables whose size is a power of two, by double hashing (Kirsch, Mitzenmacher 2006). Those in a table of
// half the size are these, modulo that size.
struct Places {
  explicit Places(uint64_t hash) : first(Mix(hash)), step(Mix(first) | 1) {}
  size_t At(uint64_t i, size_t size) const { return static_cast<size_t>(first + i * step) & (size - 1); }

  uint64_t first;
  uint64_t step;
};

uint64_t Bit(size_t at) { return uint64_t{1} << (at % 64); }
int Shift(size_t at) { return static_cast<int>(at % 16 * 4); }

// Twice the size, the old content in both halves: whatever stood at a position stands at both that it may be now.
void Double(std::vector<uint64_t>& table) {
  const size_t half = table.size();
  table.resize(2 * half);
  std::copy_n(table.begin(), half, table.begin() + static_cast<std::ptrdiff_t>(half));
}

}  // namespace

FrequencySketch::FrequencySketch(size_t keys) : keys_(std::bit_ceil(std::max(keys, kFewestKeys))), door_(keys_) {
  for (std::vector<uint64_t>& row : rows_) row.resize(keys_ / 4);
}

void FrequencySketch::Grow(size_t keys) {
  while (keys_ < keys) {
    keys_ *= 2;
    Double(door_);
    for (std::vector<uint64_t>& row : rows_) Double(row);
  }
}

bool FrequencySketch::AtTheDoor(uint64_t hash) const {
  const Places places(hash);
  for (int i = 0; i < kDoorBits; ++i) {
    const size_t at = places.At(static_cast<uint64_t>(i), door_.size() * 64);
    if ((door_[at / 64] & Bit(at)) == 0) return false;
  }
  return true;
}

void FrequencySketch::Add(uint64_t hash) {
  if (++additions_ > kSample * keys_) Age();
  const Places places(hash);
  if (!AtTheDoor(hash)) {
    for (int i = 0; i < kDoorBits; ++i) {
      const size_t at = places.At(static_cast<uint64_t>(i), door_.size() * 64);
      door_[at / 64] |= Bit(at);
    }
    return;
  }
  uint64_t least = kFull;
  for (size_t r = 0; r < kRows; ++r) {
    const size_t at = places.At(r, rows_[r].size() * 16);
    least = std::min(least, rows_[r][at / 16] >> Shift(at) & kFull);
  }
  if (least == kFull) return;
  for (size_t r = 0; r < kRows; ++r) {
    const size_t at = places.At(r, rows_[r].size() * 16);
    uint64_t& word = rows_[r][at / 16];
    if ((word >> Shift(at) & kFull) == least) word += uint64_t{1} << Shift(at);
  }
}

uint32_t FrequencySketch::Estimate(uint64_t hash) const {
  const Places places(hash);
  uint64_t least = kFull;
  for (size_t r = 0; r < kRows; ++r) {
    const size_t at = places.At(r, rows_[r].size() * 16);
    least = std::min(least, rows_[r][at / 16] >> Shift(at) & kFull);
  }
  return static_cast<uint32_t>(least) + (AtTheDoor(hash) ? 1 : 0);
}

void FrequencySketch::Age() {
  for (std::vector<uint64_t>& row : rows_) {
    for (uint64_t& word : row) word = word >> 1 & kHalfMask;
  }
  std::fill(door_.begin(), door_.end(), 0);
  additions_ /= 2;
}

}  // namespace locus::worker
