#include "extender/locality/interest_table.h"

#include <utility>

namespace locus::extender {
namespace {

// A table of 10,000 is walked in about a millisecond: not for each call that finds it full.
constexpr Duration kFullSearchInterval = std::chrono::seconds(1);

}  // namespace

InterestTable::Asked InterestTable::Ask(const std::string& input, SteadyTime now) {
  if (const auto found = entries_.find(input); found != entries_.end()) {
    found->second.last_asked = now;
    if (streaming_ && !found->second.want_waits && now - found->second.wanted >= kWantInterval) {
      found->second.wanted = now;
      found->second.want_waits = true;
      to_want_.push_back(input);
    }
    return Asked::kFollowed;
  }
  if (entries_.size() >= limits_.max_inputs) {
    if (full_since_ && now - *full_since_ < kFullSearchInterval) return Asked::kFull;
    full_since_ = now;
    if (Expire(now) == 0) return Asked::kFull;
  }
  entries_[input].last_asked = now;
  entries_[input].wanted = now;
  if (streaming_) to_add_.push_back(input);
  return Asked::kAdded;
}

std::shared_ptr<const InputPicture> InterestTable::Find(const std::string& input, SteadyTime now) const {
  const auto found = entries_.find(input);
  return found == entries_.end() ? nullptr : Usable(found->second, now);
}

std::shared_ptr<const InputPicture> InterestTable::Usable(const Entry& entry, SteadyTime now) const {
  if (entry.unconfirmed_since && now - *entry.unconfirmed_since > limits_.max_age) return nullptr;
  return entry.picture;
}

std::vector<std::shared_ptr<const InputPicture>> InterestTable::Pictures(SteadyTime now) const {
  std::vector<std::shared_ptr<const InputPicture>> pictures;
  pictures.reserve(entries_.size());
  for (const auto& [input, entry] : entries_) {
    if (auto picture = Usable(entry, now)) pictures.push_back(std::move(picture));
  }
  return pictures;
}

std::optional<SteadyTime> InterestTable::WaitUntil(const std::string& input, SteadyTime now, Duration budget) {
  const auto found = entries_.find(input);
  if (found == entries_.end()) return std::nullopt;
  std::optional<SteadyTime>& until = found->second.wait_until;
  if (!until && budget > Duration::zero()) until = now + budget;
  return until;
}

void InterestTable::Apply(std::shared_ptr<const InputPicture> picture, SteadyTime now) {
  const auto found = entries_.find(picture->input);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (picture->state == InputState::kPending) {
    if (!entry.unconfirmed_since) entry.unconfirmed_since = now;
    return;
  }
  entry.picture = std::move(picture);
  entry.unconfirmed_since.reset();
}

void InterestTable::BeginStream(SteadyTime last_heard) {
  EndStream();
  streaming_ = true;
  for (auto& [input, entry] : entries_) {
    to_add_.push_back(input);
    entry.want_waits = false;
    if (!entry.unconfirmed_since) entry.unconfirmed_since = last_heard;
  }
}

void InterestTable::EndStream() {
  streaming_ = false;
  to_add_.clear();
  to_remove_.clear();
  to_want_.clear();
}

size_t InterestTable::Expire(SteadyTime now) {
  size_t forgotten = 0;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (now - entry->second.last_asked <= limits_.ttl) {
      ++entry;
      continue;
    }
    if (streaming_) to_remove_.push_back(entry->first);
    entry = entries_.erase(entry);
    ++forgotten;
  }
  return forgotten;
}

InterestTable::Changes InterestTable::TakeChanges(size_t max_inputs, size_t max_bytes) {
  Changes changes;
  const bool removing = !to_remove_.empty();
  std::deque<std::string>& from = removing ? to_remove_ : to_add_;
  std::vector<std::string>& to = removing ? changes.remove : changes.add;
  size_t bytes = 0;
  while (!from.empty() && to.size() < max_inputs && bytes < max_bytes) {
    // Forgotten before it was ever added: the stream need not know it.
    if (removing || entries_.count(from.front()) != 0) {
      bytes += from.front().size();
      to.push_back(std::move(from.front()));
    }
    from.pop_front();
  }
  bytes = 0;
  while (!removing && !to_want_.empty() && changes.wanted.size() < max_inputs && bytes < max_bytes) {
    bytes += to_want_.front().size();
    if (const auto entry = entries_.find(to_want_.front()); entry != entries_.end()) entry->second.want_waits = false;
    changes.wanted.push_back(std::move(to_want_.front()));
    to_want_.pop_front();
  }
  return changes;
}

}  // namespace locus::extender
