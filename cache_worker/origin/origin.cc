#include "cache_worker/origin/origin.h"

#include <xxhash.h>

#include "common/status.h"

namespace locus::worker {

uint64_t FileIdOf(const OriginFile& file) {
  std::string bytes = file.path;
  const auto append = [&bytes](uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift & 0xFF);
  };
  append(file.length);
  append(static_cast<uint64_t>(file.modified_ns));
  if (file.version != 0) append(file.version);
  const uint64_t id = XXH3_64bits(bytes.data(), bytes.size());
  return id == 0 ? 1 : id;
}

absl::Status CheckRange(const Content& content, uint64_t offset, size_t size) {
  if (offset <= content.length && size <= content.length - offset) return absl::OkStatus();
  return absl::OutOfRangeError(ToAbsl("the range ends beyond the end of '" + content.path + "'"));
}

absl::Status ChangedStatus(const std::string& path) {
  return absl::AbortedError("'" + path + "' changed at the under-store while it was read");
}

}  // namespace locus::worker
