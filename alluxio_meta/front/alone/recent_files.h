// Files that clients were told of lately, by the container of their blocks' ids: the way back from a block's id. Pure
// but for its lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "alluxio_meta/index/types.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe.
class RecentFiles {
 public:
  // At least this many of the last ones are kept, and at most twice as many.
  static constexpr size_t kKept = 10'000;

  void Put(const FileFact& file);
  // Nothing when it is not among them.
  std::optional<FileFact> Find(uint64_t container) const;

 private:
  using Files = std::unordered_map<uint64_t, FileFact>;
  mutable Mutex mutex_;
  Files young_ GUARDED_BY(mutex_);
  Files old_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
