// A block store over a disk in memory, with small blocks.
#pragma once

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/store/block_store.h"
#include "cache_worker/store/lru.h"
#include "common/status.h"

namespace locus::worker {

inline constexpr uint64_t kTestBlock = 4096;

inline EvictionPolicyFactory TestLru() {
  return [] { return std::make_unique<LruPolicy>(); };
}

// Facts of a file whose length is given in whole blocks and bytes beyond.
inline std::shared_ptr<const FileFacts> TestFile(uint64_t id, const std::string& path, uint64_t length) {
  return std::make_shared<const FileFacts>(FileFacts{id, path, length, kTestBlock, 1000});
}

inline absl::StatusOr<Tier> PutBlock(BlockStore& store, const std::shared_ptr<const FileFacts>& file, uint32_t index,
                                     const std::string& bytes, const PutOptions& options = {}) {
  LOCUS_ASSIGN_OR_RETURN(auto writer, store.Begin(file, index, options));
  LOCUS_RETURN_IF_ERROR(writer->Append(bytes));
  return writer->Commit();
}

// All bytes of a cached block, empty when it is not cached.
inline std::string GetBlock(BlockStore& store, const FileFacts& file, uint32_t index) {
  auto block = store.Open(file, index);
  if (!block.ok()) return "";
  std::string chunk;
  return block->reader->ReadChunk(0, chunk).ok() ? chunk : "";
}

// Opened and recovered; REQUIREs that both work.
inline std::unique_ptr<BlockStore> OpenStore(FileSystem& files, const BlockStoreOptions& options,
                                             BlockListener* listener = nullptr, RecoveryReport* report = nullptr) {
  auto store = std::make_unique<BlockStore>(options, files, TestLru(), listener);
  REQUIRE(store->Prepare().empty());
  const std::atomic<bool> stop{false};
  const auto recovered = store->Recover(stop);
  REQUIRE(recovered.ok());
  if (report != nullptr) *report = *recovered;
  return store;
}

inline BlockStoreOptions TestOptions(std::vector<TierFolder> folders) {
  BlockStoreOptions options;
  options.folders = std::move(folders);
  options.block_bytes = kTestBlock;
  options.max_blocks = 20'000;
  return options;
}

inline BlockStoreOptions OneTier(uint64_t quota) { return TestOptions({{Tier::kSsd, "/ssd", quota}}); }

inline BlockStoreOptions TwoTiers(uint64_t mem_quota, uint64_t ssd_quota) {
  return TestOptions({{Tier::kMem, "/mem", mem_quota}, {Tier::kSsd, "/ssd", ssd_quota}});
}

// One round of the background's work, at that many seconds after some start.
inline void Maintain(BlockStore& store, int seconds = 0) {
  const std::atomic<bool> stop{false};
  store.Maintain(SteadyTime(std::chrono::hours(1) + std::chrono::seconds(seconds)), stop);
}

}  // namespace locus::worker
