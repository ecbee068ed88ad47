// What a tier folder holds after a restart or a crash.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cache_worker/store/block.h"
#include "cache_worker/store/file_system.h"

namespace locus::worker {

struct FoundBlock {
  std::shared_ptr<const FileFacts> file;
  uint32_t index = 0;
  uint64_t bytes = 0;
  // When it was written: the only order of use that survives a restart.
  int64_t modified_ns = 0;
};

// A file of ours that has to go and could not be removed: its bytes still count.
struct StuckFile {
  std::string path;
  uint64_t bytes = 0;
};

struct FolderScan {
  std::vector<FoundBlock> blocks;
  std::vector<StuckFile> stuck;
  // Removed: wrong size, trailer or name for their content.
  uint64_t torn = 0;
  // Removed: temporary files of writes that did not end.
  uint64_t leftovers = 0;
  // Removed: whole, but cut with another block size than the configured one.
  uint64_t other_block_size = 0;
  // Left alone: not named like ours.
  uint64_t foreign = 0;
};

// Empties "tmp/", reads the trailer of each file below "blocks/", and removes what cannot be used; `block_bytes`
// absent: files may be cut in any size. Payloads are verified when they are read. CANCELLED when `stop` turned true;
// UNAVAILABLE when this process cannot open files now; other errors only when the folder itself cannot be listed.
absl::StatusOr<FolderScan> ScanFolder(FileSystem& files, const std::string& folder, std::optional<uint64_t> block_bytes,
                                      const std::atomic<bool>& stop);

}  // namespace locus::worker
