// Keeps a connection to the leading master.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/leader_finder.h"
#include "alluxio_meta/alluxio/master_calls.h"
#include "alluxio_meta/alluxio/master_options.h"
#include "alluxio_meta/front/upstream.h"
#include "common/backoff.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

struct LeaderKeeperStats {
  // "host:port"; empty: none.
  std::string leader;
  // Since the start.
  uint64_t found = 0;
  uint64_t failed_searches = 0;
  uint64_t lost = 0;
};

// Thread-safe. A thread of its own asks the masters; nobody else waits. The leader of the moment is asked again whether
// it still leads every kCheck, and at once when somebody doubts it. One that says no, or is gone, is left; one that is
// only slow, such as in a long garbage collection, stays until another one leads or its connection proves dead: leaving
// it ends the sessions of all callers. A new leader, or the old one found again, is a new Upstream with a new
// connection.
class LeaderKeeper final : public UpstreamSource {
 public:
  static constexpr Duration kCheck = std::chrono::seconds(5);
  // Between two checks, however many doubt.
  static constexpr Duration kShortestCheck = std::chrono::milliseconds(100);

  // Called from the thread, without locks, when that one was left; it must not call Stop.
  using OnLost = std::function<void(const std::shared_ptr<const Upstream>&)>;

  // INVALID_ARGUMENT names each address in `masters` that is none. `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<LeaderKeeper>> Create(const MasterOptions& options, const Clock& clock);
  // Stops.
  ~LeaderKeeper() override;

  // Once.
  void Start(OnLost on_lost);
  // Prompt, also in the middle of a call. Idempotent. Current stays as it is.
  void Stop();

  std::shared_ptr<const Upstream> Current() override;
  std::string Problem() const override;
  void Doubt(const std::shared_ptr<const Upstream>& upstream) override;
  LeaderKeeperStats Stats() const;

 private:
  LeaderKeeper(const MasterOptions& options, std::vector<Endpoint> masters, const Clock& clock);
  void Run();
  // One search; whether there is a leader.
  bool Search();
  bool StillLeads();
  // Until it is time to look whether it still leads; false: stop.
  bool AwaitCheck();
  void Lose(const std::shared_ptr<const Upstream>& upstream);

  MasterCalls calls_;
  OnLost on_lost_;
  // Of the thread.
  LeaderFinder finder_;
  Backoff backoff_;
  Leader leader_;
  // People were told of the outage: once, not at each attempt.
  bool told_ = false;

  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool doubted_ GUARDED_BY(mutex_) = false;
  std::shared_ptr<const Upstream> current_ GUARDED_BY(mutex_);
  std::string problem_ GUARDED_BY(mutex_) = "looking for the leading Alluxio master";
  LeaderKeeperStats stats_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace locus::meta
