#include "alluxio_meta/index/follow_table.h"

namespace locus::meta {

FollowId FollowTable::Add(std::string_view path) {
  const auto [it, is_new] = by_path_.try_emplace(std::string(path), 0);
  if (is_new) {
    if (free_.empty()) {
      it->second = static_cast<FollowId>(entries_.size());
      entries_.emplace_back();
    } else {
      it->second = free_.back();
      free_.pop_back();
    }
    entries_[it->second] = Entry{it->first, 0, 0};
  }
  ++entries_[it->second].followers;
  return it->second;
}

bool FollowTable::Remove(FollowId id) {
  if (--entries_[id].followers > 0) return false;
  by_path_.erase(entries_[id].path);
  entries_[id] = Entry{};
  free_.push_back(id);
  return true;
}

FollowId FollowTable::Find(std::string_view path) const {
  const auto it = by_path_.find(std::string(path));
  return it == by_path_.end() ? 0 : it->second;
}

}  // namespace locus::meta
