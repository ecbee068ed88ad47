// The words of the block cache: tiers, files, blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace locus::worker {

// Where a block lies; a smaller number is faster. The numbers are those of the wire's Tier and of the block file's
// format.
enum class Tier : uint8_t { kMem = 1, kSsd = 2, kHdd = 3 };

inline constexpr Tier kAllTiers[] = {Tier::kMem, Tier::kSsd, Tier::kHdd};

inline std::string_view TierName(Tier tier) { return tier == Tier::kMem ? "MEM" : tier == Tier::kSsd ? "SSD" : "HDD"; }

inline std::optional<Tier> ParseTier(std::string_view name) {
  for (const Tier tier : kAllTiers) {
    if (TierName(tier) == name) return tier;
  }
  return std::nullopt;
}

// Size and use of one tier, all its folders together.
struct TierUse {
  Tier tier = Tier::kMem;
  // What may lie there, whether or not anything does.
  uint64_t capacity_bytes = 0;
  uint64_t used_bytes = 0;
};

// What a block belongs to: one content of one file, cut into blocks of block_bytes (the last one may be shorter).
struct FileFacts {
  uint64_t file_id = 0;
  std::string path;
  uint64_t length = 0;
  uint64_t block_bytes = 0;
  int64_t modified_ns = 0;

  bool operator==(const FileFacts&) const = default;
};

struct BlockKey {
  uint64_t file_id = 0;
  uint32_t index = 0;

  bool operator==(const BlockKey&) const = default;
};

struct BlockKeyHash {
  size_t operator()(const BlockKey& key) const {
    return std::hash<uint64_t>()(key.file_id ^ (uint64_t{key.index} * 0x9E3779B97F4A7C15));
  }
};

// 0 for an empty file.
inline uint64_t BlockCount(const FileFacts& file) {
  return file.length / file.block_bytes + (file.length % file.block_bytes == 0 ? 0 : 1);
}

// 0 beyond the last block.
inline uint64_t BlockLength(const FileFacts& file, uint64_t index) {
  if (index >= BlockCount(file)) return 0;
  const uint64_t begin = index * file.block_bytes;
  return file.length - begin < file.block_bytes ? file.length - begin : file.block_bytes;
}

}  // namespace locus::worker
