// What a fake Alluxio master knows: a namespace, workers, copies of blocks, mounts; and how a test changes it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "proto/alluxio/block_master.pb.h"
#include "proto/alluxio/file_system_master.pb.h"
#include "tests/support/alluxio/generated_folder.h"
#include "tests/support/alluxio/path_order.h"

namespace locus::fake_alluxio {

struct TierSpec {
  // MEM, SSD or HDD.
  std::string alias = {};
  int64_t capacity_bytes = 0;
};

struct WorkerSpec {
  std::string host = {};
  int data_port = 29999;
  int web_port = 30000;
  std::string container_host = {};
  // tieredIdentity's "node"; the host when empty.
  std::string identity_node = {};
  std::vector<TierSpec> tiers = {{"MEM", int64_t{1} << 30}, {"SSD", int64_t{4} << 30}};
  std::string version = "2.9.6";
  // What the other calls know the worker by; the host when empty. Needed for two workers on one host.
  std::string name = {};
};

struct FileSpec {
  int64_t length = 0;
  int64_t block_bytes = 1 << 20;
  // False: it is being written, and has no length yet.
  bool completed = true;
  bool persisted = true;
};

struct MountSpec {
  std::string ufs_uri = {};
  // Told only to those who let the under-stores be asked.
  std::string ufs_type = "local";
  bool read_only = false;
};

// Where a copy of a block lies.
struct Copy {
  std::string worker = {};
  std::string tier = {};
};

struct ListQuery {
  std::string path = {};
  bool recursive = false;
  // Entries behind this one in path order; it need not exist.
  std::string after = "";
  // Or: entries behind the one with this id, which must exist.
  std::optional<int64_t> after_id = std::nullopt;
  // Or: this many entries are passed over.
  int64_t skip = 0;
  // What the paths below `path` begin with: "/p".
  std::string prefix = "";
  // 0: no limit.
  size_t limit = 0;
  std::string user = "";
};

struct Listed {
  std::vector<alluxio::grpc::file::FileInfo> entries = {};
  bool truncated = false;
  // Children of the folder; -1 for a recursive listing.
  int64_t count = -1;
};

// How a request that reads the namespace wants it to be loaded from the under-store.
struct LoadQuery {
  bool load = false;
  // As on the wire: unset is 0 with DELETE, which loaded entries then carry.
  int64_t ttl = 0;
  alluxio::grpc::file::TtlAction ttl_action = alluxio::grpc::file::TTL_DELETE;
};

// Thread-safe: a test changes it while the master serves. Paths are absolute and canonical; parents are made as needed.
// The calls that change something return *this, and throw std::invalid_argument when they name what is not there: a
// mistake of the test. Changes are seen by the very next answer, except by GetWorkerInfoList (see WorkerList).
class World {
 public:
  // A silent worker is lost after this; Alluxio's default.
  static constexpr Duration kWorkerTimeout = std::chrono::seconds(300);
  // GetWorkerInfoList's cache; Alluxio's default.
  static constexpr Duration kWorkerListAge = std::chrono::seconds(10);

  // Starts with "/" and its mount. `clock` must outlive it.
  explicit World(const Clock& clock);

  // --- namespace ---
  World& AddFolder(const std::string& path);
  // Not cached anywhere. The path must be free.
  World& AddFile(const std::string& path, const FileSpec& spec);
  // New content: other ids, nothing cached.
  World& Overwrite(const std::string& path, const FileSpec& spec);
  // A file, or a folder with all below it.
  World& Delete(const std::string& path);
  // A file; ids and copies stay.
  World& Rename(const std::string& from, const std::string& to);
  // Ends the writing of a file.
  World& Complete(const std::string& path, int64_t length);
  // The file lies in the under-store only: the master does not know it until a request makes it load. Its folders too,
  // where they are new: a listing with NEVER of such a folder, once known, has zero entries.
  World& AddUnloaded(const std::string& path, const FileSpec& spec);
  // Many files by formula; see generated_folder.h. The workers are added. Its files cannot be changed one by one.
  World& Generate(const GeneratedSpec& spec);
  // `user` may not list the folder (READ).
  World& DenyRead(const std::string& path, const std::string& user);
  // `user` may not look below the folder (EXECUTE): left out of recursive listings in silence.
  World& DenyExecute(const std::string& path, const std::string& user);
  World& Mount(const std::string& path, const MountSpec& spec);

  // --- copies of blocks ---
  World& Cache(const std::string& path, int block, const std::string& worker, const std::string& tier);
  // All its blocks.
  World& CacheFile(const std::string& path, const std::string& worker, const std::string& tier);
  World& Evict(const std::string& path, int block, const std::string& worker);
  // To another tier of the same worker.
  World& Move(const std::string& path, int block, const std::string& worker, const std::string& tier);
  // The block names the worker a second time, with this tier.
  World& Duplicate(const std::string& path, int block, const std::string& worker, const std::string& tier);
  // The master lost its record of the block: it is in blockIds, not in fileBlockInfos.
  World& DropBlockRecord(const std::string& path, int block);

  // --- workers ---
  // Registered at once.
  World& AddWorker(const WorkerSpec& spec);
  // No heartbeat from now on: its locations stay until kWorkerTimeout of the clock has passed.
  World& Silence(const std::string& worker);
  // Its heartbeats come again; a lost one must register.
  World& Hear(const std::string& worker);
  // Lost at once: its locations vanish from the answers.
  World& Lose(const std::string& worker);
  // Registers (again) with the blocks that it holds: its locations are back.
  World& Register(const std::string& worker);
  World& RegisterAll();
  // Another process: new start time, and what it held stays on its disk.
  World& RestartWorker(const std::string& worker);

  // --- the master itself ---
  World& SetSafeMode(bool on);
  // Another process becomes the leader: new start time, no worker is registered.
  void BeginLife();
  // Does what Alluxio's TTL checker does each hour: expired entries with DELETE go, also from the under-store.
  World& RunTtlChecker();

  // --- what a test may ask ---
  bool InUnderStore(const std::string& path) const;
  bool InNamespace(const std::string& path) const;
  // Paths to which a request without ttl = -1 gave a ttl, oldest first: a careful client leaves this empty.
  std::vector<std::string> TtlVictims() const;
  // Copies as a request would see them: of registered workers only.
  std::vector<Copy> Copies(const std::string& path, int block) const;
  int64_t FileId(const std::string& path) const;
  std::optional<GeneratedFolder> generated() const;

  // --- what the services ask ---
  absl::StatusOr<alluxio::grpc::file::FileInfo> Status(const std::string& path, const std::string& user,
                                                       const LoadQuery& load);
  absl::StatusOr<Listed> List(const ListQuery& query, const LoadQuery& load);
  // Live workers, as of a moment up to kWorkerListAge ago; who is registered is exact.
  absl::StatusOr<std::vector<alluxio::grpc::block::WorkerInfo>> WorkerList();
  // Exact.
  absl::StatusOr<std::vector<alluxio::grpc::block::WorkerInfo>> WorkerReport(bool live, bool lost) const;
  std::map<std::string, alluxio::grpc::file::MountPointInfo> Mounts() const;
  bool safe_mode() const;
  int64_t start_time_ms() const;

 private:
  enum class Registration { kRegistered, kLost, kUnknown };
  struct Worker {
    WorkerSpec spec;
    int64_t id = 0;
    int64_t start_ms = 0;
    Registration state = Registration::kRegistered;
    // Set while it is silent.
    std::optional<SteadyTime> silent_since = std::nullopt;
    // Of the generated folder: in MEM, on SSD.
    std::array<int64_t, 2> generated_bytes = {0, 0};
  };
  struct Block {
    bool recorded = true;
    // Worker's number, tier; in the order they came.
    std::vector<std::pair<size_t, std::string>> copies;
  };
  struct Node {
    bool folder = true;
    int64_t id = 0;
    FileSpec spec;
    int64_t modified_ms = 0;
    int64_t loaded_ms = 0;
    int64_t ttl = -1;
    alluxio::grpc::file::TtlAction ttl_action = alluxio::grpc::file::TTL_FREE;
    std::vector<Block> blocks;
    std::set<std::string> no_read;
    std::set<std::string> no_execute;
    bool mount_point = false;
  };
  using Tree = std::map<std::string, Node, PathLess>;

  static alluxio::grpc::WorkerNetAddress AddressOf(const WorkerSpec& spec);
  int64_t NowMs() const;
  Node& FindFile(const std::string& path) REQUIRES(mutex_);
  const Node& FindFile(const std::string& path) const REQUIRES(mutex_);
  Block& FindBlock(const std::string& path, int block) REQUIRES(mutex_);
  size_t FindWorker(const std::string& name) const REQUIRES(mutex_);
  Node& MakeFolder(const std::string& path) REQUIRES(mutex_);
  Node MakeFile(const FileSpec& spec) REQUIRES(mutex_);
  void Load(const std::string& path, bool recursive, const LoadQuery& load) REQUIRES(mutex_);
  void Adopt(const std::string& path, const LoadQuery& load) REQUIRES(mutex_);
  bool IsRegistered(const Worker& worker) const REQUIRES(mutex_);
  Registration StateOf(const Worker& worker) const REQUIRES(mutex_);
  void FillBlock(int64_t container, int64_t index, const FileSpec& spec,
                 const std::vector<std::pair<size_t, std::string>>& copies, alluxio::grpc::file::FileInfo& info) const
      REQUIRES(mutex_);
  int64_t Children(const std::string& path) const REQUIRES(mutex_);
  alluxio::grpc::file::FileInfo Info(const std::string& path, const Node& node) const REQUIRES(mutex_);
  alluxio::grpc::file::FileInfo GeneratedInfo(int64_t file) const REQUIRES(mutex_);
  absl::Status MayPass(const std::string& path, const std::string& user) const REQUIRES(mutex_);
  alluxio::grpc::block::WorkerInfo WireWorker(size_t number) const REQUIRES(mutex_);
  std::vector<alluxio::grpc::block::WorkerInfo> WireWorkers(bool live, bool lost) const REQUIRES(mutex_);
  absl::StatusOr<std::string> StartOf(const ListQuery& query) const REQUIRES(mutex_);
  std::string Resolved(const std::string& listed, const std::string& after) const REQUIRES(mutex_);
  class Collector;
  void Walk(const ListQuery& query, const std::string& after, Collector& out) const REQUIRES(mutex_);
  void WalkGenerated(const std::string& after, Collector& out) const REQUIRES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  Tree tree_ GUARDED_BY(mutex_);
  // The under-store's files that the namespace may not have yet.
  std::map<std::string, FileSpec, PathLess> under_store_ GUARDED_BY(mutex_);
  std::vector<Worker> workers_ GUARDED_BY(mutex_);
  std::map<std::string, MountSpec> mounts_ GUARDED_BY(mutex_);
  std::optional<GeneratedFolder> generated_ GUARDED_BY(mutex_);
  size_t first_generated_worker_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> ttl_victims_ GUARDED_BY(mutex_);
  int64_t next_container_ GUARDED_BY(mutex_) = 1;
  int64_t next_folder_ GUARDED_BY(mutex_) = 0;
  int64_t next_worker_ GUARDED_BY(mutex_) = 1;
  int64_t start_time_ms_ GUARDED_BY(mutex_) = 0;
  bool safe_mode_ GUARDED_BY(mutex_) = false;
  std::vector<alluxio::grpc::block::WorkerInfo> list_cache_ GUARDED_BY(mutex_);
  std::optional<SteadyTime> list_cached_at_ GUARDED_BY(mutex_);
};

}  // namespace locus::fake_alluxio
