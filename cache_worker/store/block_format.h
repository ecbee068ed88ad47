// The bytes of a block file: payload, then a trailer that describes it (docs/formats.md). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cache_worker/store/block.h"

namespace locus::worker {

// The payload is summed in pieces of this size, so that a reader of a small range verifies what it reads and no more.
inline constexpr uint64_t kChunkBytes = 1 << 20;

// The fixed part, the last bytes of each block file.
inline constexpr size_t kFooterBytes = 72;

// The bound of store.block_size.
inline constexpr uint64_t kMaxBlockBytes = uint64_t{1} << 30;

// Longest trailer: the sums of the longest block, the longest path, the footer.
inline constexpr size_t kMaxTrailerBytes = kMaxBlockBytes / kChunkBytes * 8 + 4096 + kFooterBytes;

struct BlockTrailer {
  FileFacts file;
  uint32_t index = 0;
  // XXH3-64 of each chunk of the payload.
  std::vector<uint64_t> chunk_sums;
};

// Chunks of a payload; 0 for an empty one.
inline uint64_t ChunkCount(uint64_t payload_bytes) { return (payload_bytes + kChunkBytes - 1) / kChunkBytes; }

// Chunk sums, path, footer.
std::string EncodeTrailer(const BlockTrailer& trailer);

// Length of the whole trailer, told by the fixed part. DATA_LOSS when these are not the last bytes of a block file of
// `file_bytes` bytes.
absl::StatusOr<uint64_t> TrailerLength(std::string_view footer, uint64_t file_bytes);

// DATA_LOSS when anything is wrong: checksum, version, lengths that do not fit each other or the file, a path that is
// not canonical.
absl::StatusOr<BlockTrailer> DecodeTrailer(std::string_view trailer, uint64_t file_bytes);

// Where a block lies within its tier folder: "blocks/3f/3f00112233445566-7.block".
std::string BlockFileName(const BlockKey& key);

// The key that the last component of such a name tells, e.g. "3f00112233445566-7.block". INVALID_ARGUMENT for other
// names.
absl::StatusOr<BlockKey> ParseBlockFileName(std::string_view name);

}  // namespace locus::worker
