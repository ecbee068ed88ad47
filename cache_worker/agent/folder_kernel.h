// What the agent asks of the kernel, as a port: watching folders and listing them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace locus::worker {

// Names one folder, not its path: a folder that is renamed keeps it, another one at the same path has another one.
using WatchNumber = int;

// What a watched folder is watched for.
enum class WatchFor {
  // Its files, and its own end.
  kFiles,
  // The appearance of an entry, and its own end.
  kAppearance,
};

struct KernelEvent {
  enum class Kind {
    kCreated,
    kClosedAfterWrite,
    kMovedIn,
    kMovedOut,
    kDeleted,
    // The folder itself was moved or removed, or its file system went. `name` is empty.
    kFolderGone,
    // Events were lost. `watch` and `name` say nothing.
    kOverflow,
  };
  Kind kind = Kind::kOverflow;
  WatchNumber watch = -1;
  // Of the entry.
  std::string name;
  bool is_folder = false;
};

struct FileFigures {
  uint64_t bytes = 0;
  // When its content or its name last changed, by the wall clock.
  WallTime changed;
};

// Errors of Watch and List: NOT_FOUND (nothing there, or no folder), PERMISSION_DENIED, RESOURCE_EXHAUSTED (a limit of
// the kernel's, with the setting to raise), UNAVAILABLE. Used from one thread but for Wake.
class FolderKernel {
 public:
  using FoundFile = std::function<void(const std::string& name, uint64_t bytes)>;

  virtual ~FolderKernel() = default;
  // Watches the folder, or adds to what it is watched for.
  virtual absl::StatusOr<WatchNumber> Watch(const std::string& path, WatchFor what) = 0;
  // Watches the folder for its files, then gives its regular files: all that are there from beginning to end, once, and
  // perhaps some that come or go meanwhile. What is watched and what is listed is the same folder, whatever becomes of
  // the path.
  virtual absl::StatusOr<WatchNumber> List(const std::string& path, const FoundFile& found) = 0;
  // Its events do not come any more, except those that wait already.
  virtual void Unwatch(WatchNumber watch) = 0;
  // Waits for events at most `timeout`, or until Wake, and takes those that are there, in order, up to a few thousand:
  // empty when there are none. Does not end between the two halves of a move when the second one is at hand.
  virtual std::vector<KernelEvent> Read(Duration timeout) = 0;
  // Ends a Read in progress, or else the next one.
  virtual void Wake() = 0;
  // Absent when it is no regular file (any more).
  virtual std::optional<FileFigures> Look(const std::string& path) = 0;
  // Bytes of the file system that holds the folder; absent when that cannot be told.
  virtual std::optional<uint64_t> SizeOfFileSystem(const std::string& path) = 0;
};

}  // namespace locus::worker
