#include "extender/gate/refusal.h"

#include <algorithm>
#include <utility>

namespace locus::extender {
namespace {

// A pod with policy require, which has no deadline, counts for this long after its last refusal: twice the five minutes
// after which the scheduler looks at it by itself.
constexpr Duration kForget = std::chrono::minutes(10);
// A table of 10,000 is walked in about a tenth of a millisecond: not for each call that finds it full.
constexpr Duration kSearchInterval = std::chrono::milliseconds(100);
// The scheduler may have heard of a pod before us.
constexpr Duration kLag = std::chrono::seconds(1);

}  // namespace

RefusalTable::RefusalTable(RefusalOptions options, std::function<bool()> can_wake,
                           std::function<bool(std::string_view)> is_pending, const Clock& clock, Metrics& metrics)
    : options_(options),
      can_wake_(std::move(can_wake)),
      is_pending_(std::move(is_pending)),
      clock_(clock),
      waiting_gauge_(metrics.GetGauge("locus_extender_refused", "Pods that wait because this extender refused them.")),
      searched_(clock.Now() - kSearchInterval) {
  for (const std::string_view answer : kRefusalWords) {
    answers_.push_back(metrics.GetCounter("locus_extender_refusals_total",
                                          "Pods without a good node: refused, or why they were passed all the same.",
                                          {{"answer", std::string(answer)}}));
  }
}

Refusal RefusalTable::MayRefuse(const RefusalQuestion& question) {
  const bool can_wake = can_wake_();
  const SteadyTime now = clock_.Now();
  const WallTime wall = clock_.WallNow();
  Refusal answer;
  {
    MutexLock lock(mutex_);
    answer = Judge(question, can_wake, now, wall);
    if (answer != Refusal::kRefuse) entries_.erase(std::string(question.uid));
  }
  answers_[static_cast<size_t>(answer)].Increment();
  return answer;
}

Refusal RefusalTable::Judge(const RefusalQuestion& question, bool can_wake, SteadyTime now, WallTime wall) {
  const Wishes& wishes = *question.wishes;
  if (wishes.policy == Policy::kPrefer) return Refusal::kNoWish;
  if (wishes.policy == Policy::kWait && !question.planned_node.empty()) return Refusal::kNoWish;
  if (wishes.policy == Policy::kWait && IsDeadlineWord(question.wake)) return Refusal::kOver;
  std::string uid(question.uid);
  const auto found = entries_.find(uid);
  const bool known = found != entries_.end();
  const SteadyTime since = known ? found->second.since : SinceCreation(question.created, now, wall);
  const std::optional<SteadyTime> deadline = TimesOf(wishes, since, options_.waits).deadline;
  if (deadline && now >= *deadline) return Refusal::kOver;
  if (!can_wake) return Refusal::kNobodyWakes;
  if (!known && !HasRoom(now)) return Refusal::kTooMany;
  entries_[std::move(uid)] = {since, deadline.value_or(now + kForget), now};
  return Refusal::kRefuse;
}

bool RefusalTable::IsOver(const std::string& uid, const Entry& entry, SteadyTime now) const {
  if (entry.expires <= now) return true;
  return now - entry.asked >= kLag && !is_pending_(uid);
}

bool RefusalTable::HasRoom(SteadyTime now) {
  if (entries_.size() < options_.max_refused) return true;
  if (now - searched_ < kSearchInterval) return false;
  searched_ = now;
  std::erase_if(entries_, [&](const auto& entry) { return IsOver(entry.first, entry.second, now); });
  return entries_.size() < options_.max_refused;
}

void RefusalTable::Passed(std::string_view uid) {
  MutexLock lock(mutex_);
  entries_.erase(std::string(uid));
}

size_t RefusalTable::waiting() const {
  const SteadyTime now = clock_.Now();
  MutexLock lock(mutex_);
  return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(),
                                           [&](const auto& entry) { return !IsOver(entry.first, entry.second, now); }));
}

}  // namespace locus::extender
