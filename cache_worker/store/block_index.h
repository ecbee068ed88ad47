// Which blocks lie where. In memory only; rebuilt from the folders at each start.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "cache_worker/store/block.h"

namespace locus::worker {

class MappedFile;

struct IndexedBlock {
  // Position of the folder in the store's list.
  size_t folder = 0;
  uint64_t bytes = 0;
  // Place in the order of all uses: a larger number was used later.
  uint64_t last_use = 0;
  // Tells this copy from an earlier one of the same block.
  uint64_t serial = 0;
  // Uses in this tier, and the use from which on they are counted.
  uint64_t counted_since = 0;
  uint32_t reads = 0;
  // All of the payload has matched its sums in this process, or was written by it.
  bool verified = false;
  // Neither evicted nor moved down.
  bool pinned = false;
  // The payload's pages, once they have been read in place.
  std::shared_ptr<const MappedFile> pages;
};

// Pure. Not thread-safe.
class BlockIndex {
 public:
  // All blocks of one content of a file.
  struct FileBlocks {
    std::shared_ptr<const FileFacts> file;
    std::map<uint32_t, IndexedBlock> blocks;
  };

  // Null when absent. The pointer holds until the next Insert or Erase.
  IndexedBlock* Find(const BlockKey& key);
  // The facts of a file with at least one block; null otherwise.
  std::shared_ptr<const FileFacts> FileOf(uint64_t file_id) const;
  // The content of exactly this path whose file id ends in these 40 bits, the only ones that fit into Alluxio's block
  // ids; null when there is none.
  std::shared_ptr<const FileFacts> FindContent(const std::string& path, uint64_t id_low40) const;
  // The block must be absent. Facts of a file that is known already are shared.
  void Insert(const std::shared_ptr<const FileFacts>& file, uint32_t index, const IndexedBlock& block);
  // The block must be present.
  void Erase(const BlockKey& key);

  // Blocks of the file, or of all files below the folder, at `path`.
  std::vector<BlockKey> AtOrBelow(const std::string& path) const;
  // Blocks of exactly this path that belong to other contents than `file_id`.
  std::vector<BlockKey> OtherContents(const std::string& path, uint64_t file_id) const;

  // Blocks in that folder of the store, at most `limit`.
  std::vector<BlockKey> InFolder(size_t folder, size_t limit) const;

  const std::unordered_map<uint64_t, FileBlocks>& files() const { return files_; }
  uint64_t blocks() const { return blocks_; }

 private:
  std::unordered_map<uint64_t, FileBlocks> files_;
  // Contents by path: nearly always one; two while an old content is being dropped.
  std::map<std::string, std::vector<uint64_t>, std::less<>> paths_;
  uint64_t blocks_ = 0;
};

}  // namespace locus::worker
