// Whether a tier folder works, found out by trying it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cache_worker/store/file_system.h"

namespace locus::worker {

enum class FolderHealth {
  kWell,
  // Blocks can be read; nothing can be written or removed (read-only, full, no permission, the device reports errors).
  kNoWrites,
  // Blocks cannot be read: the folder is not there, or the device reports errors.
  kGone,
};

struct FolderDiagnosis {
  FolderHealth health = FolderHealth::kWell;
  // Empty when it is well.
  std::string reason;
};

// Whether this error of a disk call says anything about the folder, rather than about this process (too many open
// files, no memory).
bool BlamesFolder(const absl::Status& status);

// Looks for the folder's lock file and list of blocks, reads the first bytes of `samples` (block files; one that is
// absent says nothing), and writes, syncs and removes a file of its own. UNAVAILABLE: cannot be told now.
absl::StatusOr<FolderDiagnosis> ExamineFolder(FileSystem& files, const std::string& folder,
                                              const std::vector<std::string>& samples);

}  // namespace locus::worker
