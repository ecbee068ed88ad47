// Which paths somebody follows, and when each last changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace locus::meta {

// Number of a followed path; 0 is none. Stays the same whether or not the path exists.
using FollowId = uint32_t;

// Not thread-safe. A change marks the followed nodes on its way up the tree: asking what changed costs one array access
// for each followed path, and paths that nobody follows cost nothing.
class FollowTable {
 public:
  FollowTable() : entries_(1) {}

  // Counts one more follower of the path.
  FollowId Add(std::string_view path);
  // Counts one less; true when it was the last, and the number is free again.
  bool Remove(FollowId id);
  // 0 when nobody follows the path.
  FollowId Find(std::string_view path) const;
  bool empty() const { return by_path_.empty(); }
  const std::string& path(FollowId id) const { return entries_[id].path; }

  void Mark(FollowId id, uint64_t epoch) { entries_[id].changed = epoch; }
  uint64_t ChangedAt(FollowId id) const { return entries_[id].changed; }

 private:
  struct Entry {
    std::string path;
    uint32_t followers = 0;
    uint64_t changed = 0;
  };
  std::vector<Entry> entries_;
  std::vector<FollowId> free_;
  std::unordered_map<std::string, FollowId> by_path_;
};

}  // namespace locus::meta
