// Paths of the common namespace, checked where they enter.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace locus::worker {

// The bound of FileFact.path; the same as Linux' PATH_MAX.
inline constexpr size_t kMaxPathBytes = 4096;

// OK for a canonical path: starts with '/', components without "//", "." or "..", no trailing slash (the root is "/"),
// at most kMaxPathBytes, valid UTF-8 (proto3 strings carry nothing else), no NUL. INVALID_ARGUMENT says what is wrong.
absl::Status CheckPath(std::string_view path);

// Whether `path` is `folder` itself or lies below it. Both canonical.
bool IsAtOrBelow(std::string_view path, std::string_view folder);

}  // namespace locus::worker
