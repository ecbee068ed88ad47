#include "alluxio_meta/alluxio/master_calls.h"

#include <grpc/support/time.h>

#include <utility>

namespace locus::meta {
namespace {

grpc::Status Stopped() { return {grpc::CANCELLED, "stopping"}; }

// From now on, on gRPC's own monotonic clock: the machine's may jump.
gpr_timespec Deadline(Duration timeout) { return gpr_time_from_nanos(timeout.count(), GPR_TIMESPAN); }

}  // namespace

MasterCalls::MasterCalls(double calls_per_second, const Clock& clock) : clock_(clock), budget_(calls_per_second) {}

grpc::Status MasterCalls::Make(MasterMethod method, Duration timeout, const alluxio_wire::Session* session,
                               const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  grpc::ClientContext context;
  if (session != nullptr) session->Sign(context);
  return Make(
      method, [&context] { context.TryCancel(); },
      [&] {
        context.set_deadline(Deadline(timeout));
        return call(context);
      });
}

grpc::Status MasterCalls::Make(MasterMethod method, std::function<void()> cancel,
                               const std::function<grpc::Status()>& call) {
  if (!TakeTurn()) return Stopped();
  std::list<std::function<void()>>::iterator entry;
  {
    MutexLock lock(mutex_);
    if (stopped_) return Stopped();
    entry = running_.insert(running_.end(), std::move(cancel));
  }
  const SteadyTime start = clock_.Now();
  const grpc::Status status = call();
  const Duration time = clock_.Now() - start;
  MutexLock lock(mutex_);
  running_.erase(entry);
  MethodStats& stats = methods_[static_cast<size_t>(method)];
  const auto code = static_cast<size_t>(status.error_code());
  // Unknown codes come as UNKNOWN from gRPC already.
  if (code < stats.outcomes.size()) ++stats.outcomes[code];
  stats.time += time;
  return stopped_ && !status.ok() ? Stopped() : status;
}

bool MasterCalls::TakeTurn() {
  const SteadyTime asked = clock_.Now();
  MutexLock lock(mutex_);
  const uint64_t ticket = next_ticket_++;
  changed_.Wait(mutex_, [&] { return stopped_ || served_ == ticket; });
  while (!stopped_) {
    const Duration wait = budget_.Start(clock_.Now());
    if (wait == Duration(0)) break;
    changed_.WaitFor(mutex_, wait, [&] { return stopped_; });
  }
  ++served_;
  budget_wait_ += clock_.Now() - asked;
  changed_.NotifyAll();
  return !stopped_;
}

bool MasterCalls::Pause(Duration time) {
  MutexLock lock(mutex_);
  return !changed_.WaitFor(mutex_, time, [this] { return stopped_; });
}

void MasterCalls::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  for (const auto& cancel : running_) cancel();
  changed_.NotifyAll();
}

bool MasterCalls::stopped() const {
  MutexLock lock(mutex_);
  return stopped_;
}

void MasterCalls::AddTo(MasterStats& stats) const {
  MutexLock lock(mutex_);
  stats.methods = methods_;
  stats.budget_wait = budget_wait_;
}

}  // namespace locus::meta
