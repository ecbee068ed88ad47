// The words of the locality index.
#pragma once

#include <cstdint>
#include <string>

namespace locus::meta {

// Small number of a holder, given out and taken back by whoever feeds the index. 16 bits: a replica takes 8 bytes.
using HolderId = uint16_t;
// FileFact.file_id of proto/locus/v1/report.proto: names one content of one file.
using FileId = uint64_t;

// Fastest first.
enum class Tier : uint8_t { kMem = 0, kSsd = 1, kHdd = 2 };
inline constexpr int kTiers = 3;

// A file of 1 PiB is beyond any under-store; with it 16,384 files of that size still sum up in 64 bits.
inline constexpr uint64_t kMaxFileBytes = uint64_t{1} << 50;
// A block's number has 32 bits.
inline constexpr uint64_t kMaxBlocksOfFile = uint64_t{1} << 32;

struct FileFact {
  FileId id = 0;
  // Canonical: starts with '/', no "//", "." or "..", no trailing slash.
  std::string path;
  uint64_t length = 0;
  // Of all blocks but the last; > 0.
  uint64_t block_bytes = 0;
  int64_t modified_ns = 0;
};

struct BlockChange {
  FileId file = 0;
  uint32_t block = 0;
  Tier tier = Tier::kMem;
  bool added = false;
};

// What became of a fact.
enum class FileOutcome {
  kAdded,
  // Known already; it now carries the mark of the newest listing.
  kConfirmed,
  // The same content under another path: it kept its replicas.
  kMoved,
  // A newer content of the path: the older one and its replicas are gone.
  kReplaced,
  // An older content of the path: ignored.
  kOlder,
  // The path is a folder, or runs through a newer file: ignored.
  kConflict,
  // The index is full: ignored.
  kLimit,
  // Length, block length or path out of bounds: ignored.
  kMalformed,
};

enum class BlockOutcome {
  kApplied,
  kNoChange,
  kUnknownFile,
  kBeyondFile,
  // No room for a block of a file that nobody has asked for.
  kLimit,
};

inline uint64_t BlockCount(uint64_t length, uint64_t block_bytes) {
  return length / block_bytes + (length % block_bytes != 0 ? 1 : 0);
}

}  // namespace locus::meta
