// The under-store: where the files are that this node caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace locus::worker {

// One content of one file. A changed file differs in length, modification time or version.
struct OriginFile {
  // Canonical path in the common namespace.
  std::string path;
  uint64_t length = 0;
  // Nanoseconds since 1970.
  int64_t modified_ns = 0;
  // XXH3-64 of what the server calls this content's version (an entity tag); 0 where it has no such thing.
  uint64_t version = 0;

  bool operator==(const OriginFile&) const = default;
};

// Names this content: XXH3-64 of path, length, modification time and, unless it is 0, version (little-endian), never 0.
// Every worker over the same under-store computes the same id, whether Stat or List told of the file.
uint64_t FileIdOf(const OriginFile& file);

// Which content a read is about.
struct Content {
  std::string path;
  uint64_t length = 0;
  // FileIdOf what the under-store told of it.
  uint64_t id = 0;
};

inline Content ContentOf(const OriginFile& file) { return {file.path, file.length, FileIdOf(file)}; }

// OUT_OF_RANGE: the range ends beyond content.length.
absl::Status CheckRange(const Content& content, uint64_t offset, size_t size);

// ABORTED: the file is not the content that was asked for.
absl::Status ChangedStatus(const std::string& path);

// Thread-safe. UNAVAILABLE from any call: the under-store is out of reach, refuses this worker (wrong credentials, no
// such bucket) or does not do what it has to; another try may succeed, once an operator has done what the text says if
// need be. INVALID_ARGUMENT: the path is not canonical, leads outside, or names something that is neither file nor
// folder. UNIMPLEMENTED: this under-store has no listings.
class Origin {
 public:
  virtual ~Origin() = default;

  // NOT_FOUND when there is no such path. INVALID_ARGUMENT for a folder.
  virtual absl::StatusOr<OriginFile> Stat(const std::string& path) = 0;

  // Calls `visit` for each file at or below `path`, in byte order of the paths, until it returns false. NOT_FOUND when
  // there is no such path. A part that cannot be listed is left out, and the first such problem is returned at the end.
  virtual absl::Status List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) = 0;

  // What lies directly in the folder, in no particular order: `file` for each file, `folder` for each folder's path,
  // until one of them returns false. Of a file: the file. NOT_FOUND when there is no such path.
  virtual absl::Status Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                                const std::function<bool(const std::string&)>& folder) = 0;

  // Reads exactly `size` bytes of that content into `to`. ABORTED when the file at the under-store is not, or no
  // longer, `content`: what stands in `to` is then worthless. OUT_OF_RANGE when the range ends beyond content.length.
  virtual absl::Status Read(const Content& content, uint64_t offset, size_t size, char* to) = 0;

  // Lets no answer from before count any more for what Stat tells of this path. True: there was one that did.
  virtual bool Forget(const std::string& path) {
    static_cast<void>(path);
    return false;
  }

  // Ends calls that wait for a server, and all later ones that would: they return CANCELLED.
  virtual void Stop() {}

  // Entries that listings left out, since the start: their names cannot be paths.
  virtual uint64_t skipped_entries() const { return 0; }
};

}  // namespace locus::worker
