#include "cache_worker/agent/block_name.h"

#include <charconv>
#include <limits>

namespace locus::worker {

std::optional<uint64_t> ParseBlockName(std::string_view name) {
  // from_chars would take a minus sign for an overflow of its own kind, and zeros in front.
  if (name.empty() || name.front() < '0' || name.front() > '9') return std::nullopt;
  if (name.front() == '0' && name.size() > 1) return std::nullopt;
  uint64_t block = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), block);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  if (block > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
  return block;
}

}  // namespace locus::worker
