// A folder of this machine (or of a mounted network file system) as under-store.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "cache_worker/origin/origin.h"

namespace locus::worker {

// Shows the folder as one folder of the namespace. Nothing outside of the folder is ever read: what a path opened is
// looked up again through its descriptor, so that a symbolic link that leads outside is refused even when it appears in
// between. Symbolic links inside the folder are followed by Stat and Read; List shows links to files, and does not
// enter links to folders (they may form loops). Entries whose names are not UTF-8 or whose paths are too long cannot be
// named over the wire: List leaves them out and counts them.
class LocalFolderOrigin final : public Origin {
 public:
  // Shown at `mount`, a canonical path. UNAVAILABLE when the folder is absent or is no folder.
  static absl::StatusOr<std::unique_ptr<LocalFolderOrigin>> Create(const std::string& folder,
                                                                   const std::string& mount = "/");

  absl::StatusOr<OriginFile> Stat(const std::string& path) override;
  absl::Status List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) override;
  absl::Status Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                        const std::function<bool(const std::string&)>& folder) override;
  absl::Status Read(const Content& content, uint64_t offset, size_t size, char* to) override;

  uint64_t skipped_entries() const override { return skipped_entries_; }

 private:
  class Walk;

  LocalFolderOrigin(std::string root, std::string mount) : root_(std::move(root)), mount_(std::move(mount)) {}
  // Of a path at or below mount_; empty for "/".
  std::string FullPath(const std::string& path) const;
  // Opens, and makes sure that what was opened lies in the folder.
  absl::StatusOr<int> OpenInside(const std::string& path, int flags) const;
  absl::StatusOr<bool> IsFolder(const std::string& path) const;
  absl::Status ErrnoStatus(const std::string& path, int error) const;

  // Real path, without a trailing slash; empty for "/".
  const std::string root_;
  const std::string mount_;
  std::atomic<uint64_t> skipped_entries_{0};
};

}  // namespace locus::worker
