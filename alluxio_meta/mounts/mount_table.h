// From the URI that a person writes to a path of the common namespace.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::meta {

struct Mount {
  // Where the folder is shown: canonical.
  std::string path;
  // The under-store's folder, without trailing slash: "s3a://bucket/data", "file:///data".
  std::string ufs_uri;
};

// Immutable.
class MountTable {
 public:
  // No mounts.
  MountTable() = default;
  // INVALID_ARGUMENT names all problems, one a line, as "mounts[i].field: ...": a path that is not canonical, a URI
  // without scheme, a path or URI that stands twice.
  static absl::StatusOr<MountTable> Create(const std::vector<Mount>& mounts);

  // `alluxio:///a`, `alluxio://any-authority/a` and `/a` are the path itself; any other scheme goes through the mount
  // whose URI is the longest that covers it. INVALID_ARGUMENT says what is wrong and how to mend it.
  absl::StatusOr<std::string> Resolve(std::string_view uri) const;

  // As configured, with URIs in normal form.
  const std::vector<Mount>& mounts() const { return mounts_; }

 private:
  // A mount's URI in its parts.
  struct Source {
    std::string scheme;
    std::string authority;
    std::string path;
  };
  // The mount that covers the URI, and the rest of the URI's path below it (a view into `uri`); null when none does.
  const Mount* FindMount(const Source& uri, std::string_view* rest) const;

  std::vector<Mount> mounts_;
  // Of each mount.
  std::vector<Source> sources_;
};

}  // namespace locus::meta
