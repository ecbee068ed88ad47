#include "alluxio_meta/index/block_sketch.h"

#include <algorithm>
#include <array>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace locus::meta {
namespace {

bool HashLess(const SketchedBlock& a, const SketchedBlock& b) { return a.hash < b.hash; }

}  // namespace

uint64_t BlockHash(FileId file, uint32_t block) {
  std::array<unsigned char, sizeof(file) + sizeof(block)> bytes;
  for (size_t i = 0; i < sizeof(file); ++i) bytes[i] = static_cast<unsigned char>(file >> (8 * i));
  for (size_t i = 0; i < sizeof(block); ++i) bytes[sizeof(file) + i] = static_cast<unsigned char>(block >> (8 * i));
  return XXH3_64bits(bytes.data(), bytes.size());
}

void BlockSketch::Add(SketchedBlock block) {
  if (!Wants(block.hash)) return;
  places_ += block.nodes.size();
  blocks_.push_back(std::move(block));
  std::push_heap(blocks_.begin(), blocks_.end(), HashLess);
  while (blocks_.size() > max_blocks_ || places_ > max_places_) {
    std::pop_heap(blocks_.begin(), blocks_.end(), HashLess);
    places_ -= blocks_.back().nodes.size();
    bound_ = blocks_.back().hash;
    blocks_.pop_back();
  }
}

std::vector<SketchedBlock> BlockSketch::Take() {
  std::sort(blocks_.begin(), blocks_.end(), HashLess);
  const auto same = [](const SketchedBlock& a, const SketchedBlock& b) { return a.hash == b.hash; };
  blocks_.erase(std::unique(blocks_.begin(), blocks_.end(), same), blocks_.end());
  places_ = 0;
  return std::exchange(blocks_, {});
}

}  // namespace locus::meta
