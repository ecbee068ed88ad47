// From a file's place in Alluxio's under-store to its path in this worker's namespace. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace locus::worker {

struct UfsMount {
  // As Alluxio writes it: s3://bucket/data, file:///lake, /lake.
  std::string uri;
  // Canonical path in the namespace.
  std::string path;
};

// Of several mounts that fit, the one with the longest URI counts. s3, s3a and s3n name the same bucket; a path without
// a scheme is a local file.
class UfsMap {
 public:
  explicit UfsMap(const std::vector<UfsMount>& mounts);

  // Nothing where no mount shows it, or where what is left of it is no canonical path.
  std::optional<std::string> PathOf(std::string_view ufs_path) const;

 private:
  // URIs in one form, longest first.
  std::vector<UfsMount> mounts_;
};

}  // namespace locus::worker
