// Which clients have read how much from which workers, as the agents beside the workers tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alluxio_meta/workers/worker_table.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// v1::ClientTraffic.
struct ClientBytes {
  // IP address.
  std::string client;
  uint64_t bytes = 0;
};

struct WorkerBytes {
  HolderAddress worker;
  uint64_t bytes = 0;
};

// Thread-safe; nothing blocks. For people only.
class TrafficTable {
 public:
  // Clients of all workers together, 100 bytes or so each; beyond it statements are dropped.
  static constexpr size_t kMaxClients = 1'000'000;
  // What a worker's agent has said is kept for this long after its stream has ended.
  static constexpr Duration kKeep = std::chrono::minutes(10);

  // All that a worker's agent says now; replaces what was said before. `stream`: the number of its stream. False: it
  // was dropped, and what was said before holds.
  bool Say(uint64_t stream, const HolderAddress& worker, std::vector<ClientBytes> clients, SteadyTime now);
  // No more is said on the stream.
  void End(uint64_t stream, SteadyTime now);
  // What the workers have sent to a client, those with most bytes first; workers that sent nothing are left out.
  std::vector<WorkerBytes> ReadBy(std::string_view client) const;
  // Whether any agent tells of clients.
  bool told() const;
  // Clients of all workers together.
  size_t clients() const;

 private:
  struct Statement {
    uint64_t stream = 0;
    // Sorted by client.
    std::vector<ClientBytes> clients;
    bool ended = false;
    SteadyTime ended_at;
  };
  void SweepLocked(SteadyTime now) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<HolderAddress, Statement> statements_ GUARDED_BY(mutex_);
  size_t clients_ GUARDED_BY(mutex_) = 0;
};

}  // namespace locus::meta
