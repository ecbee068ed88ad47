// Several under-stores as one namespace.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cache_worker/origin/origin.h"

namespace locus::worker {

struct MountedFolder {
  // Canonical.
  std::string path;
  // Takes and tells paths of the whole namespace, at or below `path`.
  std::unique_ptr<Origin> origin;
};

// Of the mounts that a path is in, the longest counts: it hides what the others have there. A folder above mounts is
// there, and has them as its children. A mount that fails is told at the end of a listing, after what the others have.
class MountedOrigin final : public Origin {
 public:
  // No path twice.
  explicit MountedOrigin(std::vector<MountedFolder> mounts);

  absl::StatusOr<OriginFile> Stat(const std::string& path) override;
  absl::Status List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) override;
  absl::Status Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                        const std::function<bool(const std::string&)>& folder) override;
  absl::Status Read(const Content& content, uint64_t offset, size_t size, char* to) override;
  bool Forget(const std::string& path) override;
  void Stop() override;
  uint64_t skipped_entries() const override;

 private:
  class Walk;

  // Index into mounts_; nothing: no mount has the path.
  std::optional<size_t> Find(const std::string& path) const;
  // Whether a mount lies below the path.
  bool IsAboveMount(const std::string& path) const;
  // Paths of the folder's children that are mounts or lead to some.
  std::set<std::string> MountChildren(const std::string& folder) const;

  // In byte order of the paths with a slash at the end: that of the files below them.
  std::vector<MountedFolder> mounts_;
};

}  // namespace locus::worker
