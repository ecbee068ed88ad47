// Every call to the master passes here: its turn, its deadline, its end when we stop, its figures.
#pragma once

#include <grpcpp/grpcpp.h>

#include <array>
#include <cstdint>
#include <functional>
#include <list>

#include "alluxio_meta/alluxio/call_budget.h"
#include "alluxio_meta/alluxio/master_stats.h"
#include "alluxio_wire/session.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe.
class MasterCalls {
 public:
  // The clock must outlive it.
  MasterCalls(double calls_per_second, const Clock& clock);
  MasterCalls(const MasterCalls&) = delete;
  MasterCalls& operator=(const MasterCalls&) = delete;

  // Waits for its turn, in the order in which callers come, then makes one call; the deadline runs from there. Signed
  // with the session's channel id unless null. CANCELLED once Stop was called.
  grpc::Status Make(MasterMethod method, Duration timeout, const alluxio_wire::Session* session,
                    const std::function<grpc::Status(grpc::ClientContext&)>& call);
  // The same for what has no context of its own; `cancel` makes it return soon, and may be called by any thread while
  // it runs.
  grpc::Status Make(MasterMethod method, std::function<void()> cancel, const std::function<grpc::Status()>& call);

  // False when Stop ended it.
  bool Pause(Duration time);
  // Ends calls and waits, now and later.
  void Stop();
  bool stopped() const;

  // Fills in `methods` and `budget_wait`.
  void AddTo(MasterStats& stats) const;

 private:
  bool TakeTurn();

  const Clock& clock_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  CallBudget budget_ GUARDED_BY(mutex_);
  uint64_t next_ticket_ GUARDED_BY(mutex_) = 0;
  uint64_t served_ GUARDED_BY(mutex_) = 0;
  std::list<std::function<void()>> running_ GUARDED_BY(mutex_);
  std::array<MethodStats, kMasterMethods> methods_ GUARDED_BY(mutex_);
  Duration budget_wait_ GUARDED_BY(mutex_){0};
};

}  // namespace locus::meta
