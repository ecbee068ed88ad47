// BlockStore's way out past its own checks: a descriptor, once every byte has been checked.
#include "cache_worker/store/block_format.h"
#include "cache_worker/store/block_store.h"
#include "common/status.h"

namespace locus::worker {

absl::StatusOr<BlockStore::Sendable> BlockStore::OpenForSend(const FileFacts& file, uint32_t index) {
  LOCUS_ASSIGN_OR_RETURN(OpenBlock open, Open(file, index));
  if (!open.verified) {
    const auto never = [] { return false; };
    const SingleFlight::Result verified =
        verifying_.Do({file.file_id, index}, never, [&] { return Verify(file, open); });
    LOCUS_RETURN_IF_ERROR(verified.status);
    // Another's call verified the copy that it had open, which need not be this one.
    if (!verified.led) {
      LOCUS_ASSIGN_OR_RETURN(open, Peek(file, index));
      if (!open.verified) LOCUS_RETURN_IF_ERROR(Verify(file, open));
    }
  }
  LOCUS_ASSIGN_OR_RETURN(Descriptor descriptor, open.reader->Duplicate());
  return Sendable{std::move(descriptor), open.reader->bytes(), open.tier};
}

absl::Status BlockStore::Verify(const FileFacts& file, OpenBlock& open) {
  std::string chunk;
  for (uint64_t i = 0; i < ChunkCount(open.reader->bytes()); ++i) {
    const absl::Status status = open.reader->ReadChunk(i, chunk);
    if (status.ok()) continue;
    if (!absl::IsDataLoss(status)) return status;
    DropDamaged(file, open.reader->index(), open.serial);
    return NotFound("was damaged and is dropped: " + MessageOf(status));
  }
  MarkVerified(file, open.reader->index(), open.serial);
  return absl::OkStatus();
}

void BlockStore::MarkVerified(const FileFacts& file, uint32_t index, uint64_t serial) {
  MutexLock lock(mutex_);
  IndexedBlock* block = index_.Find({file.file_id, index});
  if (block != nullptr && block->serial == serial) block->verified = true;
}

}  // namespace locus::worker
