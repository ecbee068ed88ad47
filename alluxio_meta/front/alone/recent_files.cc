#include "alluxio_meta/front/alone/recent_files.h"

#include <utility>

#include "alluxio_wire/block_id.h"

namespace locus::meta {

void RecentFiles::Put(const FileFact& file) {
  MutexLock lock(mutex_);
  young_.insert_or_assign(alluxio_wire::AlluxioContainerOf(file.id), file);
  if (young_.size() < kKept) return;
  old_ = std::exchange(young_, {});
}

std::optional<FileFact> RecentFiles::Find(uint64_t container) const {
  MutexLock lock(mutex_);
  for (const Files* files : {&young_, &old_}) {
    const auto place = files->find(container);
    if (place != files->end()) return place->second;
  }
  return std::nullopt;
}

}  // namespace locus::meta
