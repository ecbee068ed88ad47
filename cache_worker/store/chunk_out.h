// Bytes of a file on their way out, for those who can take them without a copy.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cache_worker/store/block.h"

namespace locus::worker {

struct ChunkOut {
  // At most kChunkBytes.
  std::string_view bytes;
  // Not null: `bytes` hold for as long as this does. Null: they stand in `buffer`, which may be swapped for another,
  // and hold until the taker returns or swaps it.
  std::shared_ptr<const void> holder;
  std::string* buffer = nullptr;
};

// `source`: where the bytes came from; nothing: the under-store. False: no more wanted.
using ChunkTaker = std::function<bool(ChunkOut chunk, std::optional<Tier> source)>;

}  // namespace locus::worker
