#include "extender/explain/decision_ring.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace locus::extender {
namespace {

uint64_t HashPod(std::string_view namespace_name, std::string_view name) {
  const std::hash<std::string_view> hash;
  return hash(namespace_name) * 0x9E3779B97F4A7C15ULL ^ hash(name);
}

}  // namespace

DecisionRing::DecisionRing(size_t capacity) : slots_(std::max<size_t>(capacity, 1)) {}

void DecisionRing::Add(RecordPtr record) {
  const uint64_t pod_hash = HashPod(record->pod.namespace_name, record->pod.name);
  // Freed after the lock.
  RecordPtr overwritten;
  MutexLock lock(mutex_);
  const uint64_t number = added_++;
  tally_.Add(record->outcome, record->reason, record->time);
  Slot& slot = slots_[number % slots_.size()];
  if (slot.record != nullptr) {
    const auto newest = newest_.find(slot.pod_hash);
    if (newest != newest_.end() && newest->second == number - slots_.size()) newest_.erase(newest);
    overwritten = std::move(slot.record);
  }
  const auto [newest, first] = newest_.emplace(pod_hash, number);
  slot.previous = first ? kNone : std::exchange(newest->second, number);
  slot.pod_hash = pod_hash;
  slot.record = std::move(record);
}

bool DecisionRing::Holds(uint64_t number) const { return number < added_ && added_ - number <= slots_.size(); }

std::vector<DecisionRing::RecordPtr> DecisionRing::OfPod(std::string_view namespace_name, std::string_view name) const {
  std::vector<RecordPtr> found;
  MutexLock lock(mutex_);
  const auto newest = newest_.find(HashPod(namespace_name, name));
  uint64_t number = newest == newest_.end() ? kNone : newest->second;
  while (Holds(number)) {
    const Slot& slot = slots_[number % slots_.size()];
    // Two pods may share a hash.
    if (slot.record->pod.namespace_name == namespace_name && slot.record->pod.name == name)
      found.push_back(slot.record);
    number = slot.previous;
  }
  return found;
}

std::vector<DecisionRing::RecordPtr> DecisionRing::Latest(size_t limit) const {
  MutexLock lock(mutex_);
  const size_t count = std::min({limit, slots_.size(), static_cast<size_t>(added_)});
  std::vector<RecordPtr> latest;
  latest.reserve(count);
  for (uint64_t i = 1; i <= count; ++i) latest.push_back(slots_[(added_ - i) % slots_.size()].record);
  return latest;
}

std::vector<OutcomeCount> DecisionRing::Outcomes() const {
  MutexLock lock(mutex_);
  return tally_.Counts();
}

uint64_t DecisionRing::added() const {
  MutexLock lock(mutex_);
  return added_;
}

}  // namespace locus::extender
