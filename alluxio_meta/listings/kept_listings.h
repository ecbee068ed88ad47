// Answers of a moment ago, for those who ask again. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>

#include "alluxio_meta/listings/path_listing.h"
#include "common/clock.h"

namespace locus::meta {

// Not thread-safe. Time is handed in.
class KeptListings {
 public:
  // Files and folders in all of them together: some hundred MB at most, and for `ttl` only.
  static constexpr size_t kMaxEntries = 2'000'000;

  explicit KeptListings(Duration ttl) : ttl_(ttl) {}

  // `begun`: when the answer was asked for, which is its age.
  void Keep(const ListingQuestion& question, SteadyTime begun, std::shared_ptr<const PathListing> listing);
  // An answer that is young enough, also one that holds more than was asked for: of the folder itself, or of the folder
  // that the path lies in. Null when there is none.
  std::shared_ptr<const PathListing> Find(const ListingQuestion& question, SteadyTime now);

 private:
  struct Kept {
    SteadyTime begun;
    std::shared_ptr<const PathListing> listing;
  };
  std::shared_ptr<const PathListing> Exact(const ListingQuestion& question, SteadyTime now) const;
  void Drop(SteadyTime now);

  const Duration ttl_;
  std::map<ListingQuestion, Kept> kept_;
  // In the order of keeping.
  std::deque<std::pair<SteadyTime, ListingQuestion>> order_;
  size_t entries_ = 0;
};

}  // namespace locus::meta
