// Files of a few lines that others change under us: tokens, credentials.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace locus::worker {

inline constexpr size_t kMaxSmallFileBytes = size_t{64} << 10;

// All of it, as it is now: cheap enough to be called for each request, so that a change counts at once and nothing has
// to notice it. UNAVAILABLE, with the reason: it cannot be read, or is larger than kMaxSmallFileBytes.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

}  // namespace locus::worker
