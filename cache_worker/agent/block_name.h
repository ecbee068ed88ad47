// Names of Alluxio's block files. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace locus::worker {

// The id of the block whose file has this name: a decimal Java long, written as Java writes it (no sign, no zero in
// front). Absent for every other name, such as Alluxio's `.tmp_blocks`.
std::optional<uint64_t> ParseBlockName(std::string_view name);

// A block id is the file's container and the block's place in it (alluxio.master.block.BlockId).
inline uint64_t ContainerOf(uint64_t block) { return block >> 24; }
inline uint32_t SequenceOf(uint64_t block) { return static_cast<uint32_t>(block & 0xFFFFFF); }

}  // namespace locus::worker
