// The worker's words on the wire of WorkerService. Pure.
#pragma once

#include <optional>
#include <unordered_set>
#include <vector>

#include "cache_worker/load/load_average.h"
#include "cache_worker/report/client_bytes.h"
#include "cache_worker/report/report_queue.h"
#include "cache_worker/store/block.h"
#include "common/clock.h"
#include "proto/locus/v1/report.pb.h"
#include "proto/locus/v1/types.pb.h"

namespace locus::worker {

// The contract's bound on one Changes message.
inline constexpr size_t kMaxChangeEntries = 4096;
// Bytes of paths in one message, well below the receiver's bound on messages.
inline constexpr size_t kMaxPathBytesInMessage = 1 << 20;

v1::Tier ToWire(Tier tier);
v1::FileFact ToWire(const FileFacts& file);
v1::NodeLoad ToWire(const LoadTerms& terms);
v1::TierUsage ToWire(const TierUse& use);
v1::ReportRequest ToWire(const ListingPage& page);
// What is not known is left out.
v1::ReportRequest BeatMessage(const std::optional<LoadTerms>& load, const std::vector<TierUse>& usage,
                              std::optional<bool> serving, WallTime now);

v1::ReportRequest ToWire(const std::vector<ClientBytes>& clients);

// Block changes of one stream. Not thread-safe.
class ChangeEncoder {
 public:
  // In the order given, each file's facts, if it has any, before its first block. Within the bounds above.
  std::vector<v1::ReportRequest> Encode(const std::vector<BlockEvent>& events);

 private:
  // Facts may be told again at no harm: beyond this many files (16 MB) the memory of them starts anew.
  static constexpr size_t kMaxTold = 1'000'000;
  std::unordered_set<uint64_t> told_;
};

}  // namespace locus::worker
