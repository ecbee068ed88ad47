// A listener that writes down what it hears.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cache_worker/store/block_store.h"

namespace locus::worker {

// "+1/0 SSD" for block 0 of file 1. Not thread-safe but for what the store's lock gives.
class Diary final : public BlockListener {
 public:
  void OnAdded(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) override {
    Note('+', *file, index, tier);
  }
  void OnRemoved(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) override {
    Note('-', *file, index, tier);
  }
  std::vector<std::string> entries;

 private:
  void Note(char sign, const FileFacts& file, uint32_t index, Tier tier) {
    std::ostringstream text;
    text << sign << file.file_id << "/" << index << " " << TierName(tier);
    entries.push_back(text.str());
  }
};

}  // namespace locus::worker
