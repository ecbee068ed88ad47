// Paths of the common namespace, checked where they enter.
#pragma once

#include <cstddef>
#include <string>
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

// "b/c" for /a/b/c in /a; empty for the folder itself. `path` is at or below `folder`.
std::string_view BelowFolder(std::string_view path, std::string_view folder);

// The path of what has this name, or relative path, in the folder; not checked.
std::string JoinPath(std::string_view folder, std::string_view below);

}  // namespace locus::worker
