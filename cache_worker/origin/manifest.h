// The list of files that stands in for a listing where a server has none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::worker {

inline constexpr size_t kMaxManifestBytes = size_t{64} << 20;
// Each costs a request when the whole is listed: more want a server that lists.
inline constexpr size_t kMaxManifestFiles = 1'000'000;

// Paths of the namespace, sorted, each once: one line of `text` is one path relative to `mount`, as `find . -type f`
// writes them ("./" in front and a carriage return at the end are dropped, empty lines are skipped). Lines that are no
// canonical paths are left out and counted in `skipped`. RESOURCE_EXHAUSTED: more than kMaxManifestFiles.
absl::StatusOr<std::vector<std::string>> ParseManifest(std::string_view text, std::string_view mount,
                                                       uint64_t* skipped);

}  // namespace locus::worker
