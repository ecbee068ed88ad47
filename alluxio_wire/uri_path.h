// The path in the common namespace that a URI of the under-store stands for. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::alluxio_wire {

// One entry of locus-meta's mount table.
struct MountedUri {
  std::string path;
  std::string uri;
};

// "/a/b" is itself, of "alluxio://host:port/a/b" it is "/a/b", and of anything else what stands for the longest of the
// mounted URIs it lies below; without double and final slashes. NOT_FOUND: below no mount.
absl::StatusOr<std::string> PathOfUri(const std::string& uri, const std::vector<MountedUri>& mounts);

// It names itself, without the mount table.
bool NamesPath(std::string_view uri);

// Whether a path holds a character of globs: *, ?, [..], {a,b}.
bool IsGlob(std::string_view path);

}  // namespace locus::alluxio_wire
