#include "cache_worker/store/scrub.h"

#include <algorithm>
#include <string>

#include "common/status.h"

namespace locus::worker {

ScrubReport Scrub(BlockStore& store, const std::vector<StoredBlock>& blocks, double bytes_per_second,
                  const Clock& clock, const std::function<bool(Duration)>& pause) {
  ScrubReport report;
  const SteadyTime start = clock.Now();
  std::string chunk;
  for (const StoredBlock& stored : blocks) {
    absl::StatusOr<BlockStore::OpenBlock> block = store.Peek(*stored.file, stored.index);
    if (!block.ok()) continue;
    ++report.blocks;
    const uint64_t chunks = ChunkCount(block->reader->bytes());
    for (uint64_t i = 0; i < chunks; ++i) {
      const absl::Status status = block->reader->ReadChunk(i, chunk);
      if (absl::IsDataLoss(status)) {
        store.DropDamaged(*stored.file, stored.index, block->serial);
        ++report.torn;
      }
      if (!status.ok()) break;
      report.bytes += chunk.size();
      const auto due = start + std::chrono::duration_cast<Duration>(
                                   std::chrono::duration<double>(static_cast<double>(report.bytes) / bytes_per_second));
      if (!pause(std::max(Duration(0), due - clock.Now()))) return report;
    }
    if (block->reader->read_whole()) store.MarkVerified(*stored.file, stored.index, block->serial);
  }
  return report;
}

}  // namespace locus::worker
