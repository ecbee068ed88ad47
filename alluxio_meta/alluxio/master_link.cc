#include "alluxio_meta/alluxio/master_link.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::meta {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(100);

}  // namespace

MasterLink::MasterLink(Connector connector, MasterCalls& calls, Duration reconnect_max, uint64_t seed)
    : calls_(calls),
      connector_(std::move(connector)),
      backoff_(std::min(kFirstPause, reconnect_max), reconnect_max, seed) {}

absl::StatusOr<std::shared_ptr<MasterConnection>> MasterLink::Get() {
  Duration pause(0);
  bool doubt = false;
  if (std::optional<Result> known = WaitOrClaim(&pause, &doubt)) return std::move(*known);
  if (!calls_.Pause(pause)) return Publish(absl::CancelledError("stopping"));
  return Publish(connector_.Connect(doubt));
}

std::optional<MasterLink::Result> MasterLink::WaitOrClaim(Duration* pause, bool* doubt) {
  std::shared_ptr<MasterConnection> dead;  // ends its stream, without the lock
  MutexLock lock(mutex_);
  const uint64_t attempts = attempts_;
  changed_.Wait(mutex_, [this] { return !connecting_; });
  if (calls_.stopped()) return absl::CancelledError("stopping");
  if (current_ != nullptr && current_->alive()) return current_;
  // Failed while this caller waited: it need not try the same again.
  if (attempts_ != attempts && !failure_.ok()) return failure_;
  if (current_ != nullptr) {
    LogWarning("the connection to the Alluxio master is over", {{"master", current_->master}});
    doubt_ = doubt_ || !current_->connected();
    dead = std::move(current_);
    current_ = nullptr;
  }
  connecting_ = true;
  *pause = failure_.ok() ? Duration(0) : backoff_.Next();
  *doubt = std::exchange(doubt_, false);
  return std::nullopt;
}

MasterLink::Result MasterLink::Publish(Result result) {
  // Whatever step the stop has met.
  if (calls_.stopped()) result = absl::CancelledError("stopping");
  MutexLock lock(mutex_);
  connecting_ = false;
  ++attempts_;
  changed_.NotifyAll();
  if (!result.ok()) {
    // An outage is told once, not at each attempt.
    if (result.status().code() != absl::StatusCode::kCancelled) {
      (failure_.ok() ? LogWarning : LogDebug)("cannot connect to an Alluxio master",
                                              {{"reason", MessageOf(result.status())}});
      ++failed_;
    }
    failure_ = result.status();
    return result;
  }
  current_ = *result;
  failure_ = absl::OkStatus();
  backoff_.Reset();
  leader_ = current_->master;
  term_ = current_->term;
  ++connects_;
  return result;
}

void MasterLink::Leave(const std::shared_ptr<MasterConnection>& connection, bool doubt) {
  std::shared_ptr<MasterConnection> left;  // ends its stream, without the lock
  MutexLock lock(mutex_);
  // Another caller may have left it already.
  if (current_ != connection) return;
  left = std::move(current_);
  current_ = nullptr;
  doubt_ = doubt_ || doubt;
}

void MasterLink::AddTo(MasterStats& stats) const {
  MutexLock lock(mutex_);
  stats.connected = current_ != nullptr && current_->alive();
  stats.leader = leader_;
  stats.term = term_;
  stats.connects = connects_;
  stats.failed_connects = failed_;
}

}  // namespace locus::meta
