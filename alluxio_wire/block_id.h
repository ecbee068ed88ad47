// Alluxio's ids of files and blocks: 40 bits of a container, which is one file, and 24 bits of a number in it.
#pragma once

#include <cstdint>

namespace locus::alluxio_wire {

inline constexpr int kSequenceBits = 24;
inline constexpr uint32_t kMaxSequence = (uint32_t{1} << kSequenceBits) - 1;
inline constexpr uint64_t kMaxContainer = (uint64_t{1} << 40) - 1;

struct BlockId {
  uint64_t container = 0;
  // The block's position in its file. kMaxSequence is the id of the file itself.
  uint32_t sequence = 0;
  bool operator==(const BlockId&) const = default;
};

// `id` as it stands on the wire, where it is signed.
constexpr BlockId SplitBlockId(int64_t id) {
  const auto bits = static_cast<uint64_t>(id);
  return {bits >> kSequenceBits, static_cast<uint32_t>(bits & kMaxSequence)};
}

// What is beyond the bounds above is cut off.
constexpr int64_t JoinBlockId(BlockId id) {
  return static_cast<int64_t>((id.container << kSequenceBits) | (id.sequence & kMaxSequence));
}

constexpr int64_t FileIdOf(uint64_t container) { return JoinBlockId({container, kMaxSequence}); }

// The container by which Alluxio's clients know a content that Locus caches by itself: the low 40 bits of its file_id.
// Two containers have a meaning of their own: 0 is nobody's, and of the highest one the file id would be -1, which
// clients take for "none". Their neighbours stand in for them.
constexpr uint64_t AlluxioContainerOf(uint64_t locus_file_id) {
  const uint64_t low = locus_file_id & kMaxContainer;
  if (low == 0) return 1;
  return low == kMaxContainer ? kMaxContainer - 1 : low;
}

}  // namespace locus::alluxio_wire
