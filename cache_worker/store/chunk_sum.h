// Checksums of a block's payload: XXH3-64 (https://github.com/Cyan4973/xxHash, the format of its version 0.8). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace locus::worker {

// With the widest vectors that the machine has.
uint64_t ChunkSum(std::string_view chunk);

}  // namespace locus::worker
