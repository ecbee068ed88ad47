// The latest decisions, by age and by pod.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/mutex.h"
#include "extender/explain/decision_record.h"
#include "extender/explain/outcome_tally.h"

namespace locus::extender {

// Thread-safe. Keeps the latest `capacity` records; each one is immutable once it is in.
class DecisionRing {
 public:
  using RecordPtr = std::shared_ptr<const DecisionRecord>;

  explicit DecisionRing(size_t capacity);

  // O(1).
  void Add(RecordPtr record);

  // Newest first. O(records of the pod).
  std::vector<RecordPtr> OfPod(std::string_view namespace_name, std::string_view name) const;
  std::vector<RecordPtr> Latest(size_t limit) const;

  // How all decisions since the start have ended, also those that have been overwritten.
  std::vector<OutcomeCount> Outcomes() const;

  // Records ever added, also those that have been overwritten.
  uint64_t added() const;

 private:
  struct Slot {
    RecordPtr record;
    uint64_t pod_hash = 0;
    // The pod's record before this one; kNone when there is none.
    uint64_t previous = 0;
  };
  static constexpr uint64_t kNone = ~uint64_t{0};

  bool Holds(uint64_t number) const REQUIRES(mutex_);

  mutable Mutex mutex_;
  // Record n lies in slot n % capacity.
  std::vector<Slot> slots_ GUARDED_BY(mutex_);
  uint64_t added_ GUARDED_BY(mutex_) = 0;
  OutcomeTally tally_ GUARDED_BY(mutex_);
  // Newest record by hash of the pod's name; entries of overwritten records are removed with them.
  std::unordered_map<uint64_t, uint64_t> newest_ GUARDED_BY(mutex_);
};

}  // namespace locus::extender
