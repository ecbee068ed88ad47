#include "cache_worker/alluxio/namespace_blocks.h"

#include <utility>

#include "cache_worker/alluxio/served_blocks.h"
#include "cache_worker/origin/path.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr std::string_view kScheme = "locus:";
// About 200 bytes each.
constexpr size_t kMaxLearned = 4096;

// Whether the block is the one that the client was told of, as far as the client says.
bool Fits(const WantedBlock& wanted, const FileFacts& file) {
  const uint32_t index = wanted.id.sequence;
  if (BlockLength(file, index) == 0) return false;
  if (wanted.ufs_path.empty() || wanted.block_bytes == 0) return true;
  return BlockLength(file, index) == wanted.block_bytes && index * file.block_bytes == wanted.offset_in_file;
}

}  // namespace

std::optional<std::string_view> PathInNamespace(std::string_view ufs_path) {
  if (!ufs_path.starts_with(kScheme)) return std::nullopt;
  return ufs_path.substr(kScheme.size());
}

absl::StatusOr<std::string> NamespaceBlocks::PathOf(const WantedBlock& wanted) {
  if (wanted.ufs_path.empty()) {
    MutexLock lock(mutex_);
    const auto found = paths_.find(wanted.id.container);
    if (found != paths_.end()) return found->second;
    return NotFound("the block is not known here, and the request does not tell of which file it is");
  }
  const std::optional<std::string_view> path = PathInNamespace(wanted.ufs_path);
  if (!path) {
    return NotFound("'" + wanted.ufs_path + "' is no path of Locus: this worker serves what locus-meta's front lists");
  }
  LOCUS_RETURN_IF_ERROR(CheckPath(*path));
  return std::string(*path);
}

void NamespaceBlocks::Learn(uint64_t container, const std::string& path) {
  MutexLock lock(mutex_);
  if (!paths_.emplace(container, path).second) return;
  learned_.push_back(container);
  if (learned_.size() <= kMaxLearned) return;
  paths_.erase(learned_.front());
  learned_.pop_front();
}

BlockProvider::Result NamespaceBlocks::Find(const WantedBlock& wanted) {
  LOCUS_ASSIGN_OR_RETURN(const std::string path, PathOf(wanted));
  const std::shared_ptr<const FileFacts> file = find_content_(path, wanted.id.container);
  if (file == nullptr || !Fits(wanted, *file)) return NotFound("not cached");
  Learn(wanted.id.container, path);
  auto block = reads_.store().Open(*file, wanted.id.sequence);
  if (!block.ok()) return block.status();
  return std::make_unique<StoredServedBlock>(reads_.store(), file, wanted.id.sequence, std::move(*block));
}

BlockProvider::Result NamespaceBlocks::Fetch(const WantedBlock& wanted, const std::function<bool()>& cancelled) {
  LOCUS_ASSIGN_OR_RETURN(const std::string path, PathOf(wanted));
  const auto is_wanted = [&wanted](const FileFacts& facts) {
    return alluxio_wire::AlluxioContainerOf(facts.file_id) == wanted.id.container && Fits(wanted, facts);
  };
  LOCUS_ASSIGN_OR_RETURN(FileFacts facts, reads_.Resolve(path));
  // The client may know of a newer content than was remembered here.
  if (!is_wanted(facts) && reads_.origin().Forget(path)) {
    LOCUS_ASSIGN_OR_RETURN(facts, reads_.Resolve(path));
  }
  if (!is_wanted(facts)) return ChangedFile(path);
  Learn(wanted.id.container, path);
  const uint32_t index = wanted.id.sequence;
  const auto file = std::make_shared<const FileFacts>(std::move(facts));
  if (!wanted.no_cache) {
    const absl::Status cached = reads_.Ensure(file, index, {}, cancelled).status();
    if (absl::IsAborted(cached)) return ChangedFile(path);
    if (!cached.ok() && !absl::IsResourceExhausted(cached)) return cached;
    // Evicted in between, or the cache cannot take it: past it.
    auto block = reads_.store().Open(*file, index);
    if (block.ok()) return std::make_unique<StoredServedBlock>(reads_.store(), file, index, std::move(*block));
  }
  return std::make_unique<OriginServedBlock>(reads_.origin(), Content{path, file->length, file->file_id},
                                             index * file->block_bytes, BlockLength(*file, index));
}

absl::Status NamespaceBlocks::Cache(const WantedBlock& wanted, const std::function<bool()>& cancelled) {
  return Fetch(wanted, cancelled).status();
}

}  // namespace locus::worker
