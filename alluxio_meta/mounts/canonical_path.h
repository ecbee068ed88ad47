// Paths of the common namespace.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace locus::meta {

// Of a URI or path, in bytes (proto/locus/v1/locality.proto).
inline constexpr size_t kMaxPathBytes = 4096;

// The canonical form of an absolute path: one trailing slash is dropped, nothing else is changed. INVALID_ARGUMENT for
// a path that does not start with '/', an empty, "." or ".." component, a control character, or more than
// kMaxPathBytes. No percent-decoding: Hadoop's and Alluxio's paths carry '%' as it stands.
absl::StatusOr<std::string> CanonicalPath(std::string_view path);

// Whether the path is canonical as it stands.
bool IsCanonicalPath(std::string_view path);

}  // namespace locus::meta
