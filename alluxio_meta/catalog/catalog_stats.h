// Figures of the catalog for /metrics.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace locus::meta {

// Why a piece of news was ignored.
enum class Reject : size_t {
  kFileOlder,
  kFileConflict,
  kFileLimit,
  kFileMalformed,
  kBlockUnknownFile,
  kBlockBeyondFile,
  kBlockMalformed,
  kListingLate,
  kListingOutside,
  kLoadMalformed,
  kCount,
};
inline constexpr std::array<const char*, static_cast<size_t>(Reject::kCount)> kRejectNames = {
    "file_older",        "file_conflict",   "file_limit",   "file_malformed",  "block_unknown_file",
    "block_beyond_file", "block_malformed", "listing_late", "listing_outside", "load_malformed"};

// Which bound was hit.
enum class Limit : size_t {
  kWorkers,
  kPaths,
  kGlobMatches,
  kListingCut,
  kListingSilent,
  kWaiting,
  kUnaskedBlocks,
  kSampleSteps,
  kCount,
};
inline constexpr std::array<const char*, static_cast<size_t>(Limit::kCount)> kLimitNames = {
    "max_workers",    "followed_paths", "max_glob_matches",   "listing_cut",
    "listing_silent", "waiting_calls",  "max_unasked_blocks", "sample_steps"};

// On what the reports of a worker and the Alluxio master differed, at a listing.
enum class Difference : size_t { kOnlyReported, kOnlyMaster, kOtherTier, kCount };
inline constexpr std::array<const char*, static_cast<size_t>(Difference::kCount)> kDifferenceNames = {
    "only_reported", "only_master", "other_tier"};

// One moment's figures; a plain value.
struct CatalogStats {
  // Workers by state.
  size_t live = 0, syncing = 0, lost = 0;
  // Without a Kubernetes node; awaited from a restarted master; told of by their own reports.
  size_t unmatched = 0, awaited = 0, reporting = 0;
  // Whose wall clock differs from ours.
  size_t clocks_off = 0;
  // The picture is known to be out of date.
  bool stale = false;
  // Of the Alluxio master: how many leaders and restarts were met.
  uint64_t master_term = 0;
  // Blocks of files that nobody has asked for.
  uint64_t unasked_blocks = 0;
  // Blocks on holders, each holder counted.
  uint64_t replicas = 0;
  uint64_t files = 0;
  uint64_t epoch = 0;
  // Paths of interest by state.
  size_t known = 0, unknown = 0, pending = 0;
  size_t listings_under_way = 0;
  // From here on: sums since the start, which never fall.
  uint64_t listings = 0;
  uint64_t snapshots = 0;
  uint64_t vanished_files = 0;
  // Streams ended so that the worker repeats what was forgotten.
  uint64_t resyncs = 0;
  std::array<uint64_t, static_cast<size_t>(Reject::kCount)> rejects{};
  std::array<uint64_t, static_cast<size_t>(Limit::kCount)> limits{};
  std::array<uint64_t, static_cast<size_t>(Difference::kCount)> differences{};
};

}  // namespace locus::meta
