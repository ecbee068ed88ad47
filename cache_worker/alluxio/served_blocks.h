// Blocks as readers have them open: a copy in a tier, or a range of a file of the under-store.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "cache_worker/alluxio/block_provider.h"
#include "cache_worker/origin/origin.h"
#include "cache_worker/store/block_store.h"

namespace locus::worker {

// Every chunk is verified as it is read.
class StoredServedBlock final : public ServedBlock {
 public:
  // `store` must outlive it.
  StoredServedBlock(BlockStore& store, std::shared_ptr<const FileFacts> file, uint32_t index,
                    BlockStore::OpenBlock block)
      : store_(store), file_(std::move(file)), index_(index), block_(std::move(block)) {}

  uint64_t bytes() const override { return BlockLength(*file_, index_); }
  std::optional<Tier> tier() const override { return block_.tier; }
  absl::Status Read(uint64_t offset, size_t size, char* to) override;

 private:
  BlockStore& store_;
  const std::shared_ptr<const FileFacts> file_;
  const uint32_t index_;
  BlockStore::OpenBlock block_;
};

// Nothing of it is kept.
class OriginServedBlock final : public ServedBlock {
 public:
  // Bytes `begin` to `begin` + `bytes` of that content. `origin` must outlive it.
  OriginServedBlock(Origin& origin, Content content, uint64_t begin, uint64_t bytes)
      : origin_(origin), content_(std::move(content)), begin_(begin), bytes_(bytes) {}

  uint64_t bytes() const override { return bytes_; }
  std::optional<Tier> tier() const override { return std::nullopt; }
  absl::Status Read(uint64_t offset, size_t size, char* to) override;

 private:
  Origin& origin_;
  const Content content_;
  const uint64_t begin_;
  const uint64_t bytes_;
};

// A reader's word on a file that is not what its client was told: the client must ask for the file again.
absl::Status ChangedFile(const std::string& path);

}  // namespace locus::worker
