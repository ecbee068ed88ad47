// Blocks of Locus' own namespace for Alluxio's clients, without any Alluxio: locus-meta's front tells them of the
// files.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cache_worker/alluxio/block_provider.h"
#include "cache_worker/store/read_through.h"
#include "common/mutex.h"

namespace locus::worker {

// A block id is AlluxioContainerOf(file_id) and the block's index; what the container belongs to is told by ufs_path,
// "locus:" and the path. So an id names one content of one file: where the under-store has another one by now, the
// answer is NOT_FOUND and the client's user is told to list the file again.
//
// Thread-safe. A block that is cached costs no call to the under-store.
class NamespaceBlocks final : public BlockProvider {
 public:
  // The content of `path` in the store whose file_id has this container; null when none of its blocks is there.
  using FindContent = std::function<std::shared_ptr<const FileFacts>(const std::string& path, uint64_t container)>;

  // `reads` must outlive it.
  NamespaceBlocks(ReadThrough& reads, FindContent find_content)
      : reads_(reads), find_content_(std::move(find_content)) {}

  Result Find(const WantedBlock& wanted) override;
  Result Fetch(const WantedBlock& wanted, const std::function<bool()>& cancelled) override;
  // What is read here is cached here; `locusctl load` warms up.
  bool takes_orders() const override { return false; }
  absl::Status Cache(const WantedBlock& wanted, const std::function<bool()>& cancelled) override;
  void Remove(alluxio_wire::BlockId) override {}
  void RemoveAll() override {}

 private:
  // NOT_FOUND where the request does not tell and no earlier one told.
  absl::StatusOr<std::string> PathOf(const WantedBlock& wanted);
  void Learn(uint64_t container, const std::string& path) EXCLUDES(mutex_);

  ReadThrough& reads_;
  const FindContent find_content_;
  Mutex mutex_;
  // For requests without a path, which Java's client sends only of files that are in no under-store: the last ones.
  std::unordered_map<uint64_t, std::string> paths_ GUARDED_BY(mutex_);
  std::deque<uint64_t> learned_ GUARDED_BY(mutex_);
};

// The path behind "locus:", which the front writes before it; nothing in any other text.
std::optional<std::string_view> PathInNamespace(std::string_view ufs_path);

}  // namespace locus::worker
