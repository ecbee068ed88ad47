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
  // Told by an Alluxio master, not by the configuration.
  bool by_master = false;
};

// Immutable.
class MountTable {
 public:
  // No mounts.
  MountTable() = default;
  // INVALID_ARGUMENT names all problems, one a line, as "mounts[i].field: ...": a path that is not canonical, a URI
  // without scheme, a path or URI that stands twice.
  static absl::StatusOr<MountTable> Create(const std::vector<Mount>& mounts);
  // The configured mounts, and of the master's those whose path and URI are not configured. What of the master's cannot
  // be used is left out, with a line in `problems`.
  static MountTable Join(const MountTable& configured, std::vector<Mount> of_master,
                         std::vector<std::string>* problems);

  // `alluxio:///a`, `alluxio://any-authority/a` and `/a` are the path itself; any other scheme goes through the mount
  // whose URI is the longest that covers it. s3, s3a and s3n name the same buckets. INVALID_ARGUMENT says what is wrong
  // and how to mend it.
  absl::StatusOr<std::string> Resolve(std::string_view uri) const;

  // Whether only a mount can tell what the URI names.
  static bool IsForeign(std::string_view uri);

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
