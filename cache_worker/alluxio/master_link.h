// Membership of a real Alluxio cluster: finds the leading master, registers, beats, commits, frees.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_wire/channel_id.h"
#include "alluxio_wire/session.h"
#include "cache_worker/alluxio/calls.h"
#include "cache_worker/alluxio/held_blocks.h"
#include "cache_worker/alluxio/master_blocks.h"
#include "cache_worker/alluxio/master_messages.h"
#include "common/backoff.h"
#include "common/clock.h"
#include "common/endpoint.h"
#include "common/mutex.h"
#include "proto/alluxio/block_master_worker.grpc.pb.h"
#include "proto/alluxio/file_system_worker.grpc.pb.h"

namespace locus::worker {

struct MasterLinkOptions {
  // In the order in which they are tried; at least one.
  std::vector<Endpoint> masters;
  std::string user = "alluxio";
  WorkerPlace place;
  Duration heartbeat = std::chrono::seconds(1);
  // Capacity is told as it is; otherwise as 0.
  bool offer = false;
  // For one master to say that it is the leader.
  Duration connect_timeout = std::chrono::seconds(2);
  // Of any other call, but for a registration, which Alluxio gives 15 minutes.
  Duration call_timeout = std::chrono::seconds(30);
  Duration registration_timeout = std::chrono::minutes(15);
  // Longest pause between attempts to connect.
  Duration reconnect_max = std::chrono::seconds(2);
  // For channel ids and jitter. Two workers with the same seed would claim the same channel ids.
  uint64_t seed = 0;
};

// Sums since the start, which never fall.
struct MasterLinkStats {
  std::atomic<uint64_t> registrations{0};
  std::atomic<uint64_t> failed_attempts{0};
  std::atomic<uint64_t> heartbeats{0};
  std::atomic<uint64_t> failed_heartbeats{0};
  std::atomic<uint64_t> commits{0};
  std::atomic<uint64_t> failed_commits{0};
  // Blocks dropped because the master said so.
  std::atomic<uint64_t> freed{0};
};

// Thread-safe. One thread, and one for each connection that waits for the end of its authenticate stream.
//
// The master may restart, and another one may lead, at any time: then the worker registers anew with all its blocks,
// under another id. Until it has, it serves what it has. A beat that fails loses nothing: its news go with the next.
class MasterLink {
 public:
  // `held` and `clock` must outlive it. `usage`: of the tiers, fastest first. `drop`: ends a block, on the link's
  // thread; the store tells `held` of it.
  MasterLink(MasterLinkOptions options, HeldBlocks& held, std::function<std::vector<TierUse>()> usage,
             std::function<void(const BlockKey&)> drop, const Clock& clock);
  // Stops.
  ~MasterLink();
  MasterLink(const MasterLink&) = delete;
  MasterLink& operator=(const MasterLink&) = delete;

  // Once; `held` has begun, and readers are served.
  void Start();
  // Prompt, also in the middle of a call. Idempotent.
  void Stop();
  // There is something to tell.
  void Wake() { calls_.Wake(); }

  bool registered() const { return registered_; }
  const MasterLinkStats& stats() const { return stats_; }
  // As MasterFiles; UNAVAILABLE while there is no master.
  absl::StatusOr<MasterFile> AskFile(uint64_t container);

 private:
  // Stubs and the session of one connection to the leader.
  struct Connection {
    std::string master;
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<::alluxio::grpc::block::BlockMasterWorkerService::Stub> blocks;
    std::unique_ptr<::alluxio::grpc::file::FileSystemMasterWorkerService::Stub> files;
    // Null under NOSASL.
    std::unique_ptr<alluxio_wire::Session> session;
    bool alive() const { return session == nullptr || session->alive(); }
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void Run();
  // Until the connection is of no use any more; why.
  absl::Status Serve(const ConnectionPtr& connection, bool* was_registered);
  absl::StatusOr<ConnectionPtr> Connect();
  absl::Status Authenticate(Connection& connection);
  absl::StatusOr<int64_t> Register(const Connection& connection);
  absl::Status AwaitLease(const Connection& connection, int64_t worker_id, size_t blocks);
  absl::Status SendRegistration(const Connection& connection, int64_t worker_id,
                                const std::vector<LedgerBlock>& blocks);
  // Beats until the master wants another registration (OK) or the connection is of no use.
  absl::Status Beat(const Connection& connection, int64_t worker_id);
  absl::Status Commit(const Connection& connection, int64_t worker_id, const LedgerBlock& block);
  absl::Status BeatOnce(const Connection& connection, int64_t worker_id, LedgerNews news, bool* register_again);
  void Free(const std::vector<AlluxioBlockId>& ids);
  ConnectionPtr current() const;
  void SetCurrent(ConnectionPtr connection);

  const MasterLinkOptions options_;
  HeldBlocks& held_;
  const std::function<std::vector<TierUse>()> usage_;
  const std::function<void(const BlockKey&)> drop_;
  const Clock& clock_;
  Calls calls_;
  MasterLinkStats stats_;
  std::atomic<bool> registered_{false};
  // Of the thread.
  alluxio_wire::ChannelIds ids_;
  Backoff backoff_;
  size_t first_master_ = 0;
  bool told_ = false;

  mutable Mutex mutex_;
  ConnectionPtr current_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace locus::worker
