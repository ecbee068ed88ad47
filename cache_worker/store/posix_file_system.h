// The store's file system port on POSIX calls.
#pragma once

#include "cache_worker/store/file_system.h"

namespace locus::worker {

// The machine's file systems through open, pread, write, rename, fsync, flock, statvfs.
class PosixFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  absl::StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override;
  absl::Status MakeFolder(const std::string& folder) override;
  absl::Status SyncFolder(const std::string& folder) override;
  absl::StatusOr<std::unique_ptr<FolderLock>> Lock(const std::string& path) override;
  absl::StatusOr<DiskSpace> Space(const std::string& folder) override;
};

}  // namespace locus::worker
