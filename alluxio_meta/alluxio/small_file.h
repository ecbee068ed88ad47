// Files that hold one secret or certificate bundle.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace locus::meta {

// The whole file. The error names the file and the reason; also for one of more than `max_bytes`.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes);

}  // namespace locus::meta
