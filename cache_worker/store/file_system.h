// What the block store asks of a disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cache_worker/store/descriptor.h"
#include "cache_worker/store/mapped_file.h"

namespace locus::worker {

// An open file; it stays readable when its name is removed. Thread-safe.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual absl::StatusOr<uint64_t> Size() = 0;
  // Reads exactly `size` bytes. DATA_LOSS when the file ends before, or the device reports an error.
  virtual absl::Status ReadAt(uint64_t offset, size_t size, char* to) = 0;
  // A descriptor of the same open file, for sendfile; it outlives this object. UNIMPLEMENTED where there is none.
  virtual absl::StatusOr<Descriptor> Duplicate() { return absl::UnimplementedError("no descriptor"); }
  // The first `size` bytes where they lie, for files in memory. UNIMPLEMENTED where there is none.
  virtual absl::StatusOr<std::shared_ptr<const MappedFile>> Map(uint64_t /*size*/) {
    return absl::UnimplementedError("no pages");
  }
  // Another number than before once somebody has changed the file's bytes, or its length; 0: cannot tell.
  virtual uint64_t State() { return 0; }
  // That range is read soon: a disk may begin with it. Does not wait.
  virtual void WillNeed(uint64_t /*offset*/, uint64_t /*size*/) {}
};

// A file that is being written, front to back. Not thread-safe. Destruction closes it.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual absl::Status Append(std::string_view bytes) = 0;
  // When it returns OK the content survives a power cut.
  virtual absl::Status Sync() = 0;
  virtual absl::Status Close() = 0;
};

// Held as long as the object lives.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

// Of the file system that a folder is on.
struct DiskSpace {
  // For this process: what is kept for root is not free.
  uint64_t free_bytes = UINT64_MAX;
  // Two folders with the same number may share their free bytes.
  uint64_t disk = 0;
};

struct FolderEntry {
  std::string name;
  bool is_folder = false;
  // Of files.
  uint64_t bytes = 0;
  int64_t modified_ns = 0;
};

// Thread-safe. Codes: NOT_FOUND (no such file or folder), RESOURCE_EXHAUSTED (disk full, or over the user's quota),
// DATA_LOSS (the device reports an error), FAILED_PRECONDITION (read-only, no permission), UNAVAILABLE (anything else,
// such as too many open files or no memory: nothing is known to be wrong with the disk); the text names path and
// reason.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual absl::StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) = 0;
  // Empties a file that exists.
  virtual absl::StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) = 0;
  // Replaces what stands at `to`.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;
  // Without "." and "..", in no particular order.
  virtual absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) = 0;
  // With the folders above it; one that exists is fine.
  virtual absl::Status MakeFolder(const std::string& folder) = 0;
  // When it returns OK, names made in or moved into the folder survive a power cut.
  virtual absl::Status SyncFolder(const std::string& folder) = 0;
  // ALREADY_EXISTS when another owner holds the lock on this file, which is made when absent. Released by the kernel
  // when the process ends, in whatever way.
  virtual absl::StatusOr<std::unique_ptr<FolderLock>> Lock(const std::string& path) = 0;
  // Where it is not known: no bound.
  virtual absl::StatusOr<DiskSpace> Space(const std::string&) { return DiskSpace(); }
};

}  // namespace locus::worker
