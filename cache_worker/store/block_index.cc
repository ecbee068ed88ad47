#include "cache_worker/store/block_index.h"

#include <algorithm>

namespace locus::worker {
namespace {

constexpr uint64_t kLow40 = (uint64_t{1} << 40) - 1;

}  // namespace

IndexedBlock* BlockIndex::Find(const BlockKey& key) {
  const auto file = files_.find(key.file_id);
  if (file == files_.end()) return nullptr;
  const auto block = file->second.blocks.find(key.index);
  return block == file->second.blocks.end() ? nullptr : &block->second;
}

std::shared_ptr<const FileFacts> BlockIndex::FileOf(uint64_t file_id) const {
  const auto file = files_.find(file_id);
  return file == files_.end() ? nullptr : file->second.file;
}

std::shared_ptr<const FileFacts> BlockIndex::FindContent(const std::string& path, uint64_t id_low40) const {
  const auto found = paths_.find(path);
  if (found == paths_.end()) return nullptr;
  for (const uint64_t id : found->second) {
    if ((id & kLow40) == id_low40) return FileOf(id);
  }
  return nullptr;
}

void BlockIndex::Insert(const std::shared_ptr<const FileFacts>& file, uint32_t index, const IndexedBlock& block) {
  FileBlocks& entry = files_[file->file_id];
  if (entry.file == nullptr) {
    entry.file = file;
    paths_[file->path].push_back(file->file_id);
  }
  entry.blocks.emplace(index, block);
  ++blocks_;
}

void BlockIndex::Erase(const BlockKey& key) {
  const auto file = files_.find(key.file_id);
  if (file == files_.end() || file->second.blocks.erase(key.index) == 0) return;
  --blocks_;
  if (!file->second.blocks.empty()) return;
  const auto path = paths_.find(file->second.file->path);
  std::vector<uint64_t>& ids = path->second;
  ids.erase(std::remove(ids.begin(), ids.end(), key.file_id), ids.end());
  if (ids.empty()) paths_.erase(path);
  files_.erase(file);
}

std::vector<BlockKey> BlockIndex::AtOrBelow(const std::string& path) const {
  std::vector<BlockKey> keys;
  const auto take = [&](const std::vector<uint64_t>& ids) {
    for (const uint64_t id : ids) {
      for (const auto& [index, block] : files_.at(id).blocks) keys.push_back({id, index});
    }
  };
  if (const auto exact = paths_.find(path); exact != paths_.end()) take(exact->second);
  const std::string prefix = path == "/" ? "/" : path + "/";
  for (auto it = paths_.lower_bound(prefix); it != paths_.end() && it->first.compare(0, prefix.size(), prefix) == 0;
       ++it) {
    take(it->second);
  }
  return keys;
}

std::vector<BlockKey> BlockIndex::InFolder(size_t folder, size_t limit) const {
  std::vector<BlockKey> keys;
  for (const auto& [id, file] : files_) {
    for (const auto& [index, block] : file.blocks) {
      if (block.folder != folder) continue;
      if (keys.size() >= limit) return keys;
      keys.push_back({id, index});
    }
  }
  return keys;
}

std::vector<BlockKey> BlockIndex::OtherContents(const std::string& path, uint64_t file_id) const {
  std::vector<BlockKey> keys;
  const auto found = paths_.find(path);
  if (found == paths_.end()) return keys;
  for (const uint64_t id : found->second) {
    if (id == file_id) continue;
    for (const auto& [index, block] : files_.at(id).blocks) keys.push_back({id, index});
  }
  return keys;
}

}  // namespace locus::worker
