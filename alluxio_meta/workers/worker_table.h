// Which workers there are, which stream speaks for each, and whether it is heard. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_meta/index/types.h"
#include "common/clock.h"

namespace locus::meta {

// HolderAddress of proto/locus/v1/types.proto.
struct HolderAddress {
  std::string host;
  std::string container_host;
  uint32_t data_port = 0;
  auto operator<=>(const HolderAddress&) const = default;
};

struct TierUse {
  Tier tier = Tier::kMem;
  uint64_t capacity = 0;
  uint64_t used = 0;
};

// NodeLoad of proto/locus/v1/types.proto: fractions, absent where the node cannot tell.
struct NodeLoad {
  std::optional<double> cpu, cpu_pressure, memory_pressure, io_pressure, disk, network;
  double overall = 0;
};

enum class WorkerState {
  // Heard from within lost_after. Also with its stream closed: a restart shorter than that does not make its blocks
  // flap.
  kLive,
  // Its stream is open and the first snapshot on it is not complete.
  kSyncing,
  kLost,
};

struct WorkerOptions {
  Duration lost_after = std::chrono::seconds(10);
  Duration forget_after = std::chrono::minutes(10);
  size_t max_workers = 10'000;
};

// What a worker says of itself when its stream opens.
struct WorkerHello {
  HolderAddress address;
  std::string node;
  std::string version;
  std::vector<TierUse> tiers;
};

struct Worker {
  HolderAddress address;
  HolderId holder = 0;
  std::string node;
  std::string version;
  std::vector<TierUse> tiers;
  std::optional<NodeLoad> load;
  SteadyTime heard;
  // The stream that speaks for it; 0: closed.
  uint64_t stream = 0;
  bool synced = false;
  bool lost = false;
  // When it was last made to repeat its snapshot.
  std::optional<SteadyTime> resynced;

  WorkerState state() const {
    if (lost) return WorkerState::kLost;
    return stream != 0 && !synced ? WorkerState::kSyncing : WorkerState::kLive;
  }
};

// Not thread-safe. Time is handed in; what follows for the index (counting, dropping) is told to the caller, who does
// it.
class WorkerTable {
 public:
  explicit WorkerTable(WorkerOptions options) : options_(options) {}

  struct Opened {
    uint64_t stream = 0;
    HolderId holder = 0;
    // The stream that spoke for this address so far; 0: none.
    uint64_t replaced = 0;
    bool was_lost = false;
    bool node_changed = false;
    // A worker that was lost for longest and had to make room: drop its holder.
    std::optional<HolderId> dropped;
  };
  // RESOURCE_EXHAUSTED when max_workers are known and none of them is lost.
  absl::StatusOr<Opened> Open(WorkerHello hello, SteadyTime now);
  // Any message on the stream. False when a newer stream speaks for the worker, or it was forgotten. `*returned`: it
  // was lost and counts again.
  bool Hear(uint64_t stream, SteadyTime now, bool* returned);
  void Close(uint64_t stream);
  // Null when the stream no longer speaks for a worker.
  Worker* Find(uint64_t stream);

  struct Swept {
    std::vector<HolderId> lost;
    // To be dropped; with the streams that are still open.
    std::vector<HolderId> forgotten;
    std::vector<uint64_t> streams;
  };
  Swept Sweep(SteadyTime now);

  // Of a holder that the table has given out.
  const Worker& OfHolder(HolderId holder) const { return *by_holder_[holder]; }
  const std::map<HolderAddress, Worker>& all() const { return workers_; }
  // Open streams whose worker is not lost.
  std::span<const uint64_t> speakers() const { return speakers_; }
  size_t CountOf(WorkerState state) const;

  // Grows when a worker comes, goes, or changes state, node, version or tier sizes.
  uint64_t version() const { return version_; }
  // Grows with load and tier use.
  uint64_t load_version() const { return load_version_; }
  void SetLoad(Worker* worker, std::vector<TierUse> tiers, std::optional<NodeLoad> load);
  void SetSynced(Worker* worker);

  // Since the longest silence among the workers that count; nothing when none counts.
  std::optional<Duration> OldestNews(SteadyTime now) const;

 private:
  void Rebuild();
  std::optional<HolderId> MakeRoom();
  void Erase(const HolderAddress& address);

  const WorkerOptions options_;
  std::map<HolderAddress, Worker> workers_;
  std::map<uint64_t, Worker*> by_stream_;
  std::vector<Worker*> by_holder_;
  std::vector<HolderId> free_holders_;
  std::vector<uint64_t> speakers_;
  uint64_t last_stream_ = 0;
  uint64_t version_ = 1;
  uint64_t load_version_ = 1;
};

}  // namespace locus::meta
