// Which files and folders are pinned, and the file that remembers it (docs/formats.md). Pure.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace locus::worker {

// A pin is a path of the namespace: at most 4 KiB, so the file has at most 40 MB.
inline constexpr size_t kMaxPins = 10'000;
inline constexpr size_t kMaxPinFileBytes = 48 << 20;

// Canonical paths. Not thread-safe.
class PinList {
 public:
  void Add(const std::string& path) { paths_.insert(path); }
  // The pins at or below the path.
  void RemoveBelow(const std::string& path);
  // The pin that holds the path: the path itself or a folder above it; empty when there is none.
  std::string Holder(std::string_view path) const;
  size_t size() const { return paths_.size(); }
  const std::set<std::string, std::less<>>& paths() const { return paths_; }

 private:
  std::set<std::string, std::less<>> paths_;
};

std::string EncodePins(const PinList& pins);

// DATA_LOSS when anything is wrong: checksum, version, lengths, a path that is not canonical, too many of them.
absl::StatusOr<PinList> DecodePins(std::string_view bytes);

}  // namespace locus::worker
