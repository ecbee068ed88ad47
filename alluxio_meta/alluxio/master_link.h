// The present connection to the leading master, shared by all who ask.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/master_calls.h"
#include "alluxio_meta/alluxio/master_connection.h"
#include "common/backoff.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe. One caller connects, the others wait for what comes of it.
class MasterLink {
 public:
  // `calls` must outlive the link.
  MasterLink(Connector connector, MasterCalls& calls, Duration reconnect_max, uint64_t seed);

  // The connection, which is alive; a new one when there is none, after the pause that is due since the last failed
  // attempt. An error is that of one attempt; CANCELLED once the calls are stopped.
  absl::StatusOr<std::shared_ptr<MasterConnection>> Get();
  // That connection is not used any more. `doubt`: its master may be dead.
  void Leave(const std::shared_ptr<MasterConnection>& connection, bool doubt);

  // Fills in what it knows of.
  void AddTo(MasterStats& stats) const;

 private:
  using Result = absl::StatusOr<std::shared_ptr<MasterConnection>>;
  // The result when it is there already; nothing: this caller is to connect.
  std::optional<Result> WaitOrClaim(Duration* pause, bool* doubt);
  Result Publish(Result result);

  MasterCalls& calls_;
  // Of the caller that connects.
  Connector connector_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<MasterConnection> current_ GUARDED_BY(mutex_);
  bool connecting_ GUARDED_BY(mutex_) = false;
  bool doubt_ GUARDED_BY(mutex_) = false;
  // Attempts that have ended, and what became of the last one if it failed.
  uint64_t attempts_ GUARDED_BY(mutex_) = 0;
  absl::Status failure_ GUARDED_BY(mutex_);
  Backoff backoff_ GUARDED_BY(mutex_);
  std::string leader_ GUARDED_BY(mutex_);
  MasterTerm term_ GUARDED_BY(mutex_) = 0;
  uint64_t connects_ GUARDED_BY(mutex_) = 0;
  uint64_t failed_ GUARDED_BY(mutex_) = 0;
};

}  // namespace locus::meta
