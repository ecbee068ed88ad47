// Which workers there are, which stream speaks for each, and whether it is heard. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
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

// What an Alluxio master says of one of its workers.
struct MasterWorker {
  HolderAddress address;
  // tieredIdentity's value of the tier "node"; empty when absent.
  std::string identity_node;
  // The master lists it as lost when false.
  bool live = true;
  // Since its last heartbeat at the master; whole seconds, up to a second too short. Up to ten seconds too short from a
  // master that offers no worker reports.
  Duration silence{0};
  // When the worker process started; a change tells a restart. 2.9.6 keeps the first one over a restart.
  int64_t start_ms = 0;
  std::vector<TierUse> tiers;
  std::string version;
};

// Which Kubernetes node a worker runs on.
struct NodeNaming {
  // Empty: unmatched, and `problem` says why.
  std::string node;
  // "node address", "pod address": for a person.
  std::string how;
  std::string problem;
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
  // Whether an Alluxio master says which workers there are and when it heard them. Then a stream is only a faster way
  // to tell of blocks: a worker that the master does not know does not count, whatever its stream says.
  bool by_master = false;
  // by_master: a master that has not spoken for so long counts as away: nobody is lost by silence meanwhile.
  Duration master_silence = std::chrono::seconds(3);
  // by_master: for how long workers count on the last word of a master that is away, or was restarted and has not heard
  // of them yet.
  Duration stale_limit = std::chrono::minutes(2);
};

// What a worker says of itself when its stream opens.
struct WorkerHello {
  HolderAddress address;
  std::string node;
  std::string version;
  std::vector<TierUse> tiers;
  // Blocks are those of the Alluxio worker at `address` (v1::Hello::ALLUXIO).
  bool of_alluxio = false;
  // `node` is more than said (worker_verifier.h).
  bool proven = false;
};

struct Worker {
  HolderAddress address;
  HolderId holder = 0;
  std::string node;
  // The node that has proven to speak for this address; empty: none has.
  std::string proven_node;
  std::string version;
  std::vector<TierUse> tiers;
  std::optional<NodeLoad> load;
  // How far its wall clock was ahead of ours at its last beat; absent: not told on this stream.
  std::optional<Duration> clock_ahead;
  SteadyTime heard;
  // The stream that speaks for it; 0: closed.
  uint64_t stream = 0;
  bool synced = false;
  // A snapshot of it was complete once, on whatever stream.
  bool told = false;
  bool lost = false;
  // When it was last made to repeat its snapshot.
  std::optional<SteadyTime> resynced;

  // ---- by_master
  // What the stream's Hello named as its node; it wins over a match.
  std::string told_node;
  // How `node` was found, or why it was not.
  NodeNaming naming;
  std::string identity_node;
  int64_t start_ms = 0;
  // The present master lists it as live.
  bool registered = false;
  // It counted when the master was last replaced or restarted, and has not registered since.
  bool awaited = false;
  // Last message on its stream.
  SteadyTime reported;
  // Whether its agent gets through to it; absent: not told.
  std::optional<bool> serving;

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
    // It was not known before.
    bool made = false;
    // Nothing that it holds was ever told in full.
    bool untold = false;
    bool was_lost = false;
    bool node_changed = false;
    // A worker that was lost for longest and had to make room: drop its holder.
    std::optional<HolderId> dropped;
  };
  // RESOURCE_EXHAUSTED when max_workers are known and none of them is lost. PERMISSION_DENIED when the node is proven,
  // and the address is that of a worker, not lost, of another node that was proven as well.
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
    // by_master: whose stream was silent and is among `streams`; the worker itself stays.
    std::vector<HolderId> silenced;
  };
  // by_master: only forgets, and lets go of silent streams; Judge does the rest.
  Swept Sweep(SteadyTime now);

  // ---- by_master
  struct MasterChange {
    // A master's new term: none of its workers is registered until it is named.
    bool new_term = false;
    // Registered by this word, or restarted since the last one.
    std::vector<HolderId> registered;
    // Whose node has changed: the master's word on it was the first, or another one.
    std::vector<HolderId> renamed;
    // To be dropped: they had to make room.
    std::vector<HolderId> dropped;
    // Workers that found no room.
    size_t refused = 0;
  };
  // The master's whole list of workers, and the term in which it said so. A term below the present one is ignored.
  MasterChange MasterSaid(uint64_t term, std::span<const MasterWorker> workers, SteadyTime now);
  // 0: no master has spoken yet.
  uint64_t term() const { return term_; }
  SteadyTime master_heard() const { return master_heard_; }
  bool MasterIsAway(SteadyTime now) const { return term_ == 0 || now - master_heard_ >= options_.master_silence; }
  // Workers that are awaited.
  size_t awaited() const { return awaited_; }
  void SetServing(Worker* worker, std::optional<bool> serving);
  struct Judged {
    std::vector<HolderId> lost;
    std::vector<HolderId> returned;
  };
  // Who counts no longer, and who counts again.
  Judged Judge(SteadyTime now);
  // Names the nodes of all workers; an empty function takes the names away. Returns the holders whose node changed.
  std::vector<HolderId> SetNodeNamer(std::function<NodeNaming(const Worker&)> namer);
  // Null when there is none.
  const Worker* FindAddress(const HolderAddress& address) const;

  // Of a holder that the table has given out.
  const Worker& OfHolder(HolderId holder) const { return *by_holder_[holder]; }
  const std::map<HolderAddress, Worker>& all() const { return workers_; }
  // Open streams whose worker is not lost.
  std::span<const uint64_t> speakers() const { return speakers_; }
  size_t CountOf(WorkerState state) const;
  // Workers that are to tell what they hold, and have never done so in full; lost ones are not among them.
  size_t untold() const;

  // Grows when a worker comes, goes, or changes state, node, version or tier sizes.
  uint64_t version() const { return version_; }
  // Grows with load and tier use.
  uint64_t load_version() const { return load_version_; }
  void SetLoad(Worker* worker, std::vector<TierUse> tiers, std::optional<NodeLoad> load);
  void SetSynced(Worker* worker);

  // Since the longest silence among the workers that count; nothing when none counts.
  std::optional<Duration> OldestNews(SteadyTime now) const;

 private:
  // Finds or makes; null when there is no room.
  Worker* Make(const HolderAddress& address, std::optional<HolderId>* dropped);
  // By told_node, else by the namer. Whether the node changed.
  bool NameNode(Worker* worker);
  bool Counts(const Worker& worker, SteadyTime now) const;
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
  uint64_t term_ = 0;
  SteadyTime master_heard_;
  // When the present term began.
  SteadyTime term_began_;
  size_t awaited_ = 0;
  std::function<NodeNaming(const Worker&)> namer_;
};

}  // namespace locus::meta
