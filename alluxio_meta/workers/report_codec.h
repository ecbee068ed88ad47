// From the messages of a Report stream to the catalog's words.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/index/types.h"
#include "alluxio_meta/listings/question_book.h"
#include "alluxio_meta/workers/traffic_table.h"
#include "alluxio_meta/workers/worker_table.h"
#include "common/clock.h"
#include "proto/locus/v1/report.pb.h"

namespace locus::meta {

// Bounds of proto/locus/v1/report.proto.
inline constexpr int kMaxChanges = 4096;
inline constexpr int kMaxListingFiles = 1000;
inline constexpr int kMaxTrafficClients = 4096;
// A node has few tiers; the same one may stand several times.
inline constexpr int kMaxTierEntries = 16;
// Of a DNS name (RFC 1035).
inline constexpr size_t kMaxHostBytes = 253;
inline constexpr size_t kMaxVersionBytes = 128;

// INVALID_ARGUMENT names the field.
absl::StatusOr<WorkerHello> DecodeHello(const v1::Hello& hello);

FileFact DecodeFact(const v1::FileFact& fact);

struct DecodedChanges {
  std::vector<FileFact> files;
  std::vector<BlockChange> blocks;
  // Blocks without kind or tier: left out.
  uint64_t malformed = 0;
};
// RESOURCE_EXHAUSTED beyond kMaxChanges.
absl::StatusOr<DecodedChanges> DecodeChanges(const v1::Changes& changes);

// RESOURCE_EXHAUSTED beyond kMaxListingFiles.
absl::StatusOr<ListingPart> DecodeListing(const v1::Listing& listing);
// The same of an answer to WorkerListings; kMaxListingFiles holds for files and for folders.
absl::StatusOr<AnswerPart> DecodeAnswer(const v1::Listing& listing);

struct DecodedBeat {
  std::vector<TierUse> tiers;
  std::optional<NodeLoad> load;
  std::optional<bool> serving;
  // The worker's wall clock; absent: not told, or no time that a clock can show.
  std::optional<WallTime> wall;
  // Figures outside of 0 to 1: left out; without `overall` the whole load is.
  uint64_t malformed = 0;
};
// RESOURCE_EXHAUSTED beyond kMaxTierEntries.
absl::StatusOr<DecodedBeat> DecodeBeat(const v1::Beat& beat);

// RESOURCE_EXHAUSTED beyond kMaxTrafficClients; an empty or overlong address is left out.
absl::StatusOr<std::vector<ClientBytes>> DecodeTraffic(const v1::Traffic& traffic);

}  // namespace locus::meta
