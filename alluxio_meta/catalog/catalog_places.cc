// Where the blocks of given files lie.
#include <algorithm>

#include "alluxio_meta/catalog/catalog.h"

namespace locus::meta {

uint64_t Catalog::BeginListing() {
  MutexLock lock(mutex_);
  return index_.BeginListing();
}

FilePlaces Catalog::Locate(std::span<const FileFact> files, uint64_t listing) {
  FilePlaces all;
  all.files.reserve(files.size());
  while (!files.empty()) {
    const std::span<const FileFact> some = files.first(std::min(files.size(), kFilesAtOnce));
    files = files.subspan(some.size());
    // Of one hold of the lock: another worker may have the holder's number at the next one.
    WorkerNumbers numbers;
    MutexLock lock(mutex_);
    for (const FileFact& file : some) all.files.push_back(PlacesLocked(file, listing, &numbers, &all));
  }
  return all;
}

std::vector<FilePlaces::Place> Catalog::PlacesLocked(const FileFact& file, uint64_t listing, WorkerNumbers* numbers,
                                                     FilePlaces* all) {
  std::vector<FilePlaces::Place> places;
  const File* known = index_.FindContent(file.id);
  if (known == nullptr) {
    // Another content in its place would keep the worker's news of this one out, if it is the newer one.
    const Node* shown = index_.Find(file.path);
    if (shown != nullptr && shown->is_file) PutFileLocked(file, listing, nullptr);
    return places;
  }
  for (const Replica& replica : known->replicas.all()) {
    if (!index_.IsCounting(replica.holder)) continue;
    const auto [number, is_new] = numbers->try_emplace(replica.holder, static_cast<uint32_t>(all->workers.size()));
    if (is_new) all->workers.push_back(workers_.OfHolder(replica.holder).address);
    places.push_back({replica.block, number->second, static_cast<Tier>(FastestTier(replica.tiers))});
  }
  return places;
}

}  // namespace locus::meta
