#include "cache_worker/alluxio/ufs_map.h"

#include <algorithm>

#include "cache_worker/origin/path.h"

namespace locus::worker {
namespace {

// One form for each place, without a slash at its end.
std::string Normal(std::string_view uri) {
  std::string normal(uri);
  for (const std::string_view alias : {"s3a://", "s3n://"}) {
    if (normal.starts_with(alias)) normal.replace(0, alias.size(), "s3://");
  }
  if (normal.starts_with('/')) normal.insert(0, "file://");
  // Java writes it so.
  if (normal.starts_with("file:/") && !normal.starts_with("file://")) normal.insert(5, "//");
  while (normal.ends_with('/') && !normal.ends_with("://")) normal.pop_back();
  return normal;
}

}  // namespace

UfsMap::UfsMap(const std::vector<UfsMount>& mounts) {
  for (const UfsMount& mount : mounts) mounts_.push_back({Normal(mount.uri), mount.path});
  std::stable_sort(mounts_.begin(), mounts_.end(),
                   [](const UfsMount& a, const UfsMount& b) { return a.uri.size() > b.uri.size(); });
}

std::optional<std::string> UfsMap::PathOf(std::string_view ufs_path) const {
  const std::string place = Normal(ufs_path);
  for (const UfsMount& mount : mounts_) {
    if (!place.starts_with(mount.uri)) continue;
    const std::string_view rest = std::string_view(place).substr(mount.uri.size());
    // "file://" itself is the root of this machine.
    if (!rest.empty() && !rest.starts_with('/') && !mount.uri.ends_with('/')) continue;
    const std::string path =
        mount.path == "/" ? (rest.empty() ? "/" : std::string(rest)) : mount.path + std::string(rest);
    return CheckPath(path).ok() ? std::optional(path) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace locus::worker
