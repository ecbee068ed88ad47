#include "extender/warm_up/warm_up_book.h"

#include <algorithm>

namespace locus::extender {
namespace {

constexpr int kLongestSettle = 10;

}  // namespace

bool WarmUpBook::Placed(const PlacedGroup& group, SteadyTime now) {
  auto found = groups_.find(group.key);
  if (found == groups_.end()) {
    if (groups_.size() >= max_groups_) return false;
    found = groups_.emplace(group.key, Entry{group, now, std::nullopt, std::nullopt}).first;
    Schedule(found->second, now + settle_);
    return true;
  }
  Entry& entry = found->second;
  // One that is being tried has settled already: a late member does not put it off.
  if (entry.due && !entry.tried) Schedule(entry, std::min(now + settle_, entry.first + kLongestSettle * settle_));
  return true;
}

std::vector<PlacedGroup> WarmUpBook::Due(SteadyTime now) const {
  std::vector<PlacedGroup> due;
  for (const auto& [time, key] : due_) {
    if (time > now) break;
    due.push_back(groups_.at(key).group);
  }
  return due;
}

void WarmUpBook::Close(const GroupKey& key) {
  const auto found = groups_.find(key);
  if (found == groups_.end()) return;
  Schedule(found->second, std::nullopt);
  found->second.group.own.reset();
  found->second.group.inherited.reset();
}

bool WarmUpBook::Postpone(const GroupKey& key, SteadyTime now) {
  const auto found = groups_.find(key);
  if (found == groups_.end() || !found->second.due) return false;
  Entry& entry = found->second;
  if (!entry.tried) entry.tried = now;
  if (now - *entry.tried >= kPatience) {
    Close(key);
    return false;
  }
  Schedule(entry, now + kRetry);
  return true;
}

void WarmUpBook::Forget(const GroupKey& key) {
  const auto found = groups_.find(key);
  if (found == groups_.end()) return;
  Schedule(found->second, std::nullopt);
  groups_.erase(found);
}

std::vector<GroupKey> WarmUpBook::Some(size_t count) {
  std::vector<GroupKey> some;
  auto next = groups_.upper_bound(told_);
  for (size_t i = 0; i < std::min(count, groups_.size()); ++i) {
    if (next == groups_.end()) next = groups_.begin();
    some.push_back(next->first);
    ++next;
  }
  if (!some.empty()) told_ = some.back();
  return some;
}

bool WarmUpBook::Closed(const GroupKey& key) const {
  const auto found = groups_.find(key);
  return found != groups_.end() && !found->second.due;
}

void WarmUpBook::Schedule(Entry& entry, std::optional<SteadyTime> due) {
  if (entry.due) due_.erase({*entry.due, entry.group.key});
  entry.due = due;
  if (entry.due) due_.insert({*entry.due, entry.group.key});
}

}  // namespace locus::extender
