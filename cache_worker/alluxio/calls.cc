#include "cache_worker/alluxio/calls.h"

#include <grpc/support/time.h>

#include <utility>

namespace locus::worker {
namespace {

grpc::Status Stopped() { return {grpc::CANCELLED, "stopping"}; }

}  // namespace

grpc::Status Calls::Make(Duration timeout, const alluxio_wire::Session* session,
                         const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  grpc::ClientContext context;
  if (session != nullptr) session->Sign(context);
  // From now on, on gRPC's own monotonic clock: the machine's may jump.
  context.set_deadline(gpr_time_from_nanos(timeout.count(), GPR_TIMESPAN));
  return Make([&context] { context.TryCancel(); }, [&] { return call(context); });
}

grpc::Status Calls::Make(std::function<void()> cancel, const std::function<grpc::Status()>& call) {
  std::list<std::function<void()>>::iterator entry;
  {
    MutexLock lock(mutex_);
    if (stopped_) return Stopped();
    entry = running_.insert(running_.end(), std::move(cancel));
  }
  const grpc::Status status = call();
  MutexLock lock(mutex_);
  running_.erase(entry);
  return stopped_ && !status.ok() ? Stopped() : status;
}

bool Calls::Pause(Duration time) {
  return PauseUnless(time, [] { return false; });
}

bool Calls::PauseUnless(Duration time, const std::function<bool()>& wake) {
  MutexLock lock(mutex_);
  changed_.WaitFor(mutex_, time, [&] { return stopped_ || wake(); });
  return !stopped_;
}

void Calls::Wake() {
  MutexLock lock(mutex_);
  changed_.NotifyAll();
}

void Calls::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  for (const auto& cancel : running_) cancel();
  changed_.NotifyAll();
}

bool Calls::stopped() const {
  MutexLock lock(mutex_);
  return stopped_;
}

}  // namespace locus::worker
