// Calls to the Alluxio master that end when the worker does.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <list>

#include "alluxio_wire/session.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

// Thread-safe.
class Calls {
 public:
  // Makes one call; signed with the session's channel id unless null. CANCELLED once Stop was called.
  grpc::Status Make(Duration timeout, const alluxio_wire::Session* session,
                    const std::function<grpc::Status(grpc::ClientContext&)>& call);
  // The same for what has no context of its own; `cancel` makes it return soon, and may be called by any thread.
  grpc::Status Make(std::function<void()> cancel, const std::function<grpc::Status()>& call);

  // False when Stop ended it.
  bool Pause(Duration time);
  // Waits until `wake` holds (see Wake), at most that long. False when Stop ended it.
  bool PauseUnless(Duration time, const std::function<bool()>& wake);
  // Somebody's `wake` may hold now.
  void Wake();
  // Ends calls and pauses, now and later.
  void Stop();
  bool stopped() const;

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::list<std::function<void()>> running_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
