// What a request's target names. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"

namespace locus::worker {

// GET /v1/files/a/b: the file /a/b of the common namespace.
struct FileTarget {
  std::string path;
  bool operator==(const FileTarget&) const = default;
};

// GET /v1/blocks/3f00112233445566/7: block 7 of the content with that id.
struct BlockTarget {
  uint64_t file_id = 0;
  uint32_t index = 0;
  bool operator==(const BlockTarget&) const = default;
};

using Target = std::variant<FileTarget, BlockTarget>;

// `raw`: as it came, without the query; percent-encoded. NOT_FOUND: nothing of that name is served. INVALID_ARGUMENT:
// what stands behind /v1/files/ or /v1/blocks/ cannot be a path or a block.
absl::StatusOr<Target> ParseTarget(std::string_view raw);

}  // namespace locus::worker
