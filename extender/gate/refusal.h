// Which pods may wait by refusal: the filter passes none of the nodes that it does not like, and the gatekeeper wakes
// the pod later.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "extender/decision/annotations.h"
#include "extender/gate/refusal_rule.h"
#include "extender/gate/wait_rule.h"

namespace locus::extender {

struct RefusalOptions {
  WaitLimits waits;
  // Each pod that waits so costs a filter call whenever any pod of the cluster changes.
  size_t max_refused = 100;
};

// Thread-safe. Restarting empties it: pods that are refused again count again, and their deadlines are the same.
class RefusalTable final : public RefusalRule {
 public:
  // `can_wake`: an extender leads, and the cluster's pods are known. `is_pending`: whether the pod of a uid is known to
  // have no node yet; it may lag behind the scheduler. Both are called by any of the below, and answer from memory.
  // `clock` and `metrics` must outlive it.
  RefusalTable(RefusalOptions options, std::function<bool()> can_wake, std::function<bool(std::string_view)> is_pending,
               const Clock& clock, Metrics& metrics);

  Refusal MayRefuse(const RefusalQuestion& question) override;
  void Passed(std::string_view uid) override;

  size_t waiting() const;
  // For Metrics::OnRender.
  void UpdateGauges() const { waiting_gauge_.Set(static_cast<double>(waiting())); }

 private:
  struct Entry {
    SteadyTime since;
    SteadyTime expires;
    // When it was refused last.
    SteadyTime asked;
  };
  // Its time is up, or the pod was deleted, or bound by another extender's word.
  bool IsOver(const std::string& uid, const Entry& entry, SteadyTime now) const;
  Refusal Judge(const RefusalQuestion& question, bool can_wake, SteadyTime now, WallTime wall) REQUIRES(mutex_);
  // Whether there is room for one more.
  bool HasRoom(SteadyTime now) REQUIRES(mutex_);

  const RefusalOptions options_;
  const std::function<bool()> can_wake_;
  const std::function<bool(std::string_view)> is_pending_;
  const Clock& clock_;
  const Gauge waiting_gauge_;
  // By Refusal.
  std::vector<Counter> answers_;

  mutable Mutex mutex_;
  std::unordered_map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  // A full table is searched for those that wait no more at most once in a while.
  SteadyTime searched_ GUARDED_BY(mutex_);
};

}  // namespace locus::extender
