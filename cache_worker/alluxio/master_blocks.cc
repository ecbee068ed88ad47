#include "cache_worker/alluxio/master_blocks.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cache_worker/alluxio/served_blocks.h"
#include "cache_worker/store/block_format.h"
#include "common/clock.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Between the clocks of the under-store and of the master's machine.
constexpr Duration kClockSkew = std::chrono::seconds(2);

absl::Status NotHere(const std::string& why) { return NotFound("the block is not cached at this worker, and " + why); }

}  // namespace

bool StillTheFile(const MasterFile& file, uint64_t length, int64_t modified_ns) {
  const Duration master = std::chrono::milliseconds(file.modified_ms);
  return length == file.length && Duration(modified_ns) <= master + kClockSkew;
}

BlockProvider::Result MasterBlocks::Find(const WantedBlock& wanted) {
  const std::shared_ptr<const FileFacts> file = held_.FileOf(wanted.id.container);
  const uint32_t index = wanted.id.sequence;
  if (file == nullptr) return NotFound("not cached");
  if (wanted.block_bytes != 0 && wanted.block_bytes != BlockLength(*file, index)) return NotFound("not cached");
  auto block = store_.Open(*file, index);
  if (!block.ok()) return block.status();
  return std::make_unique<StoredServedBlock>(store_, file, index, std::move(*block));
}

absl::StatusOr<MasterBlocks::Source> MasterBlocks::Look(uint64_t container, uint32_t sequence) {
  LOCUS_ASSIGN_OR_RETURN(const MasterFile file, files_(container));
  if (file.folder || !file.completed || !file.persisted) {
    return NotHere("'" + file.path + "' is not in the under-store, which is all that this worker reads");
  }
  const std::optional<std::string> path = ufs_.PathOf(file.ufs_path);
  if (!path) {
    return NotHere("no mount of this worker shows '" + file.ufs_path + "': see origin.mounts in its worker.yaml");
  }
  LOCUS_ASSIGN_OR_RETURN(OriginFile found, origin_.Stat(*path));
  // The master may know of a newer content than was remembered here.
  if (!StillTheFile(file, found.length, found.modified_ns) && origin_.Forget(*path)) {
    LOCUS_ASSIGN_OR_RETURN(found, origin_.Stat(*path));
  }
  if (!StillTheFile(file, found.length, found.modified_ns)) {
    ++changed_;
    return NotHere("'" + file.ufs_path + "' has changed since Alluxio looked at it: alluxio fs loadMetadata -F " +
                   file.path);
  }
  const FileFacts facts = {container, *path, file.length, file.block_bytes, found.modified_ns};
  if (file.block_bytes == 0 || BlockLength(facts, sequence) == 0) {
    return NotHere("'" + file.path + "' has no block " + std::to_string(sequence));
  }
  // Blocks of an earlier content of this container, or of an earlier file of this path.
  const std::shared_ptr<const FileFacts> held = held_.FileOf(container);
  store_.DropOtherContents(*path, held == nullptr || *held == facts ? container : 0);
  return Source{std::make_shared<const FileFacts>(facts), ContentOf(found)};
}

BlockProvider::Result MasterBlocks::Fetch(const WantedBlock& wanted, const std::function<bool()>& cancelled) {
  if (wanted.ufs_path.empty()) return NotHere("the request does not tell of a place in the under-store");
  const uint32_t index = wanted.id.sequence;
  LOCUS_ASSIGN_OR_RETURN(const Source source, Look(wanted.id.container, index));
  const uint64_t bytes = BlockLength(*source.file, index);
  if (wanted.block_bytes != 0 && wanted.block_bytes != bytes) return ChangedFile(wanted.ufs_path);
  if (!wanted.no_cache) {
    const absl::Status cached = Ensure(source, index, cancelled);
    if (absl::IsAborted(cached)) return ChangedFile(wanted.ufs_path);
    if (!cached.ok() && !absl::IsResourceExhausted(cached)) return cached;
    auto block = store_.Open(*source.file, index);
    if (block.ok()) return std::make_unique<StoredServedBlock>(store_, source.file, index, std::move(*block));
  }
  return std::make_unique<OriginServedBlock>(origin_, source.content, index * source.file->block_bytes, bytes);
}

absl::Status MasterBlocks::Cache(const WantedBlock& wanted, const std::function<bool()>& cancelled) {
  if (Find(wanted).ok()) return absl::OkStatus();
  LOCUS_ASSIGN_OR_RETURN(const Source source, Look(wanted.id.container, wanted.id.sequence));
  const absl::Status cached = Ensure(source, wanted.id.sequence, cancelled);
  return absl::IsAborted(cached) ? ChangedFile(source.file->path) : cached;
}

void MasterBlocks::Remove(alluxio_wire::BlockId id) { store_.Drop(BlockKey{id.container, id.sequence}); }

absl::Status MasterBlocks::Ensure(const Source& source, uint32_t index, const std::function<bool()>& cancelled) {
  while (!cancelled()) {
    if (store_.Touch(*source.file, index)) return absl::OkStatus();
    const SingleFlight::Result result = flights_.Do({source.file->file_id, index}, cancelled, [&] {
      // The flight before may have landed since the look above.
      return store_.Touch(*source.file, index) ? absl::OkStatus() : Fill(source, index, cancelled);
    });
    // Another's call was cancelled, not this one.
    if (!result.led && absl::IsCancelled(result.status)) continue;
    return result.status;
  }
  return absl::CancelledError("cancelled");
}

absl::Status MasterBlocks::Fill(const Source& source, uint32_t index, const std::function<bool()>& cancelled) {
  // One code for whatever keeps the cache from taking it: a reader then goes past it.
  const auto not_cached = [](const absl::Status& why) { return Exhausted("cannot be cached: " + MessageOf(why)); };
  auto writer = store_.Begin(source.file, index, {});
  if (!writer.ok()) return not_cached(writer.status());
  const uint64_t begin = uint64_t{index} * source.file->block_bytes;
  const uint64_t length = BlockLength(*source.file, index);
  std::string chunk;
  for (uint64_t done = 0; done < length; done += chunk.size()) {
    if (cancelled()) return absl::CancelledError("cancelled");
    chunk.resize(std::min(kChunkBytes, length - done));
    LOCUS_RETURN_IF_ERROR(origin_.Read(source.content, begin + done, chunk.size(), chunk.data()));
    if (const absl::Status written = (*writer)->Append(chunk); !written.ok()) return not_cached(written);
  }
  if (const auto tier = (*writer)->Commit(); !tier.ok()) return not_cached(tier.status());
  fetched_bytes_ += length;
  return absl::OkStatus();
}

}  // namespace locus::worker
