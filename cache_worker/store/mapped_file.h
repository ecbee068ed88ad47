// The pages of a file in memory, read where they lie: without a copy, and without a call of the kernel.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace locus::worker {

// Mappings at once; the kernel has a bound too (vm.max_map_count, 65,530 unless told otherwise).
inline constexpr size_t kMaxMappedFiles = 8192;

// Bytes may be read for as long as the object lives, whatever becomes of the file's name. A page that cannot be had
// (the file was cut short, the device fails) would end the process by SIGBUS (mmap(2)); here it reads as zeros from
// then on. So whoever uses the bytes checks them first. Thread-safe.
class MappedFile {
 public:
  // Maps the first `size` bytes, at least one, of an open file, which may be closed then. `path` is for texts.
  // RESOURCE_EXHAUSTED: kMaxMappedFiles are mapped, or the kernel has no room. UNAVAILABLE: anything else.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Create(int fd, size_t size, const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return bytes_; }

 private:
  MappedFile(std::string_view bytes, size_t place) : bytes_(bytes), place_(place) {}

  const std::string_view bytes_;
  // In the table of what is mapped.
  const size_t place_;
};

}  // namespace locus::worker
