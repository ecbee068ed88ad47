#include "cache_worker/origin/origin.h"

#include <xxhash.h>

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

}  // namespace locus::worker
