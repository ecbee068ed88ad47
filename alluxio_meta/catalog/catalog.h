// All that locus-meta knows, behind one lock: index, interest, workers.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/master.h"
#include "alluxio_meta/catalog/catalog_stats.h"
#include "alluxio_meta/catalog/pictures.h"
#include "alluxio_meta/catalog/sync_rule.h"
#include "alluxio_meta/catalog/wake.h"
#include "alluxio_meta/catalog/worker_link.h"
#include "alluxio_meta/index/locality_index.h"
#include "alluxio_meta/interest/interest_table.h"
#include "alluxio_meta/mounts/mount_table.h"
#include "alluxio_meta/workers/worker_table.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// Calls that wait for a listing at once: each holds a thread. Further ones are answered PENDING at once.
inline constexpr size_t kMaxWaiting = 1000;
// Files that one page of blocks may pass: files without blocks fill no page.
inline constexpr size_t kMaxFilesOfPage = 100'000;

// Files and copies of blocks that a sample passes under one hold of the lock: about a millisecond.
inline constexpr size_t kSampleStepsAtOnce = 10'000;
// Between two holds, so that those who wait for the lock get it: a mutex is not fair.
inline constexpr Duration kSamplePause = std::chrono::microseconds(200);
// Nodes named by all blocks of a sample together: with the names of 10,000 nodes that is less than 4 MiB on the wire,
// which is what a gRPC client takes by default.
inline constexpr size_t kMaxPlacesOfSample = 500'000;

// A worker that names files it has never told of costs one snapshot in this time, no more.
inline constexpr Duration kResyncPause = std::chrono::minutes(1);
// Refused files remembered for each stream; beyond it blocks of unknown files end no stream.
inline constexpr size_t kMaxRefused = 10'000;

// Where the block map comes from: `source` of proto/config/v1/meta.proto.
enum class Source { kWorkers, kAlluxio, kBoth };

// The mirror's number among those who are asked for listings.
inline constexpr uint64_t kMirrorStream = UINT64_MAX;

// Files of one page that are applied under one hold of the lock: about a millisecond.
inline constexpr size_t kFilesAtOnce = 500;

struct CatalogOptions {
  Source source = Source::kWorkers;
  IndexLimits index;
  InterestOptions interest;
  WorkerOptions workers;
  size_t max_glob_matches = 10'000;
  // Files and copies of blocks that one sample may pass: some seconds of work, which no caller waits for.
  uint64_t max_sample_steps = 50'000'000;
  // Identifies this run; random.
  uint64_t run = 0;
};

// One message of a listing.
struct ListingPart {
  uint64_t request = 0;
  std::vector<FileFact> files;
  bool done = false;
  bool not_found = false;
  std::string problem;
};

// An input that a stream follows.
struct Followed {
  Target target;
  // 0: the input is invalid, or the table of paths is full; then its picture never changes.
  FollowId follow = 0;
  // Epoch of the picture that was sent last.
  uint64_t seen = 0;
  bool sent = false;
  // Version of the mount table that `target` was read with.
  uint64_t mounts = 0;
  InputState sent_state = InputState::kPending;
  SteadyTime sent_at;
};

// Thread-safe. Every call holds the lock for a time that is bounded by its arguments, and none while it writes to a
// stream. `clock` must outlive it. Somebody calls Tick every 20 ms or so.
class Catalog {
 public:
  // `mounts`: as configured; a master's are joined with them.
  Catalog(CatalogOptions options, MountTable mounts, const Clock& clock);
  ~Catalog();

  // ---- reports. FAILED_PRECONDITION: blocks of a kind that `source` does not take. All but the first return
  // ALREADY_EXISTS when a newer stream speaks for the worker, and ABORTED when the worker was forgotten: the stream is
  // to end with that.
  absl::StatusOr<uint64_t> OpenStream(WorkerHello hello, std::shared_ptr<WorkerLink> link);
  // A worker tells of a file once on a stream, and we forget files that nobody caches or asks for. A block added to a
  // file that we do not know, and have not refused on this stream, is therefore one that was forgotten: it is ignored
  // and counted, and the stream ends (at most once in kResyncPause), so that the next one tells of the file again.
  absl::Status Apply(uint64_t stream, std::span<const FileFact> files, std::span<const BlockChange> blocks);
  absl::Status EndSnapshot(uint64_t stream);
  // `serving`: v1::Beat::serving. `wall`: what the worker's wall clock says.
  absl::Status Beat(uint64_t stream, std::vector<TierUse> tiers, std::optional<NodeLoad> load,
                    std::optional<bool> serving = std::nullopt, std::optional<WallTime> wall = std::nullopt);
  absl::Status Listing(uint64_t stream, const ListingPart& part);
  // A message that is for somebody else: a sign of life.
  absl::Status Hear(uint64_t stream);
  void CloseStream(uint64_t stream);
  // Counts what the wire's side had to ignore.
  void CountReject(Reject reason, uint64_t items = 1);

  // ---- the Alluxio master. The mirror is asked for listings while the master is heard.
  void SetMirror(std::shared_ptr<WorkerLink> mirror);
  // The master's whole list of workers, heard now.
  void MasterWorkersSaid(const MasterWorkers& said);
  // It was not heard, and why.
  void MasterFailed(const absl::Status& problem);
  // What is wrong while no master was ever heard; empty otherwise.
  std::string MasterProblem() const;
  void SetMounts(const std::vector<Mount>& of_master);
  // Part of the answer to a listing. False: it was given up, or the master has changed; the rest is of no use.
  bool Page(uint64_t request, const MasterPage& page);
  // The listing has ended, with the last page or an error. `took`: time that it cost the master.
  void Listed(uint64_t request, const absl::Status& status, Duration took);
  // Whether the path is known, as a file.
  bool IsFile(const std::string& path) const;
  // Names the Kubernetes nodes of workers from here on.
  void SetNodeNamer(std::function<NodeNaming(const Worker&)> namer);

  // ---- questions
  Target Parse(std::string_view input) const;
  std::vector<Mount> Mounts() const;
  // Why mounts may be missing; empty when none are.
  std::string MountsProblem() const;
  // The pictures in the order of the targets, once none is pending or `wait` is over.
  std::pair<Freshness, std::vector<InputPicture>> Ask(std::span<const Target> targets, Duration wait);
  // One page of the blocks at or after `from`, in path and block order.
  BlocksPage ListBlocks(const Target& target, const BlockPosition& from, size_t page_size, Duration wait);
  // A sample of at most `max_blocks` of the blocks that lie on a node, which means: on a holder that counts and whose
  // node is known; two such holders on one node are one place. O(files and copies of the input), in steps of
  // kSampleStepsAtOnce, between which others have the lock and `go_on` is asked: an error of it ends the call. What
  // changes meanwhile is seen or not, block by block; a file that moves may be counted twice. RESOURCE_EXHAUSTED beyond
  // max_sample_steps, UNAVAILABLE after Stop.
  absl::StatusOr<BlocksSample> SampleBlocks(const Target& target, size_t max_blocks, Duration wait,
                                            const std::function<absl::Status()>& go_on);
  std::vector<WorkerPicture> Workers() const;
  // Where the blocks of these files lie, whether or not anybody has asked for the files as an input. They come from a
  // listing that began with BeginListing: what the index shows in their place is corrected.
  FilePlaces Locate(std::span<const FileFact> files, uint64_t listing);
  uint64_t BeginListing();
  Freshness FreshnessNow() const;

  // ---- streams of watchers
  // The wake is set when something may have changed, until it is removed.
  void AddWake(Wake* wake);
  void RemoveWake(Wake* wake);
  Followed Follow(Target target);
  void Unfollow(const Followed& followed);
  // A pod waits for it now.
  void Want(const Followed& followed);
  struct Changes {
    std::vector<InputPicture> pictures;
    // Something changed but was sent less than `merge` ago: ask again soon.
    bool withheld = false;
    // The bound on rows was reached: ask again at once.
    bool more = false;
  };
  // Pictures of those that were never sent, that have changed and were last sent at least `merge` ago, or that have
  // left PENDING; marks them as sent. Stops after `max_rows` pictures and holders in them.
  Changes Changed(std::span<Followed* const> followed, Duration merge, size_t max_rows);
  // Grow when a worker came, went or changed; when a load was reported.
  std::pair<uint64_t, uint64_t> WorkerVersions() const;

  // ---- upkeep
  // Liveness, listings that are due, interest that is over; wakes watchers when there is news.
  void Tick();
  // Lets all calls that wait return at once, now and later.
  void Stop();
  CatalogStats Stats() const;
  // The paths of interest, and how to begin with some: as if somebody had asked for them now.
  std::vector<std::string> Interests() const;
  void Restore(std::span<const std::string> paths);
  // What there is to wait for after a start. O(workers and restored paths).
  SyncFacts Sync();

 private:
  struct Sending {
    std::shared_ptr<WorkerLink> link;
    uint64_t request;
    std::string path;
  };
  struct Stream {
    std::shared_ptr<WorkerLink> link;
    // Files whose facts were ignored on this stream.
    std::unordered_set<FileId> refused;
  };
  struct Retired {
    SteadyTime since;
    std::weak_ptr<WorkerLink> link;
  };

  bool has_master() const { return options_.source != Source::kWorkers; }
  absl::Status CheckKind(const WorkerHello& hello) const;
  // The worker that the stream speaks for, heard now; null with the status to end it.
  Worker* HearLocked(uint64_t stream, absl::Status* status) REQUIRES(mutex_);
  void HearClockLocked(Worker* worker, WallTime theirs) REQUIRES(mutex_);
  // False when the fact was ignored.
  bool PutFileLocked(const FileFact& fact, uint64_t listing, InterestTable::Order* order) REQUIRES(mutex_);
  // Counts the end's reasons and what vanished, and wakes who waited for it.
  void EndListingLocked(InterestTable::Order* order, ListingResult result) REQUIRES(mutex_);
  // From what the source said to how the listing ended: bounds of ours come first.
  void ReviewLimits(const InterestTable::Order& order, bool cut_by_source, ListingResult* result) const;

  // Who says now what blocks a worker holds.
  void SetSpeakerLocked(const Worker& worker) REQUIRES(mutex_);
  void JudgeLocked(SteadyTime now) REQUIRES(mutex_);
  // What is wrong with the worker, for a person.
  std::string ProblemLocked(const Worker& worker) const REQUIRES(mutex_);
  // Some files of a page.
  bool PageLocked(uint64_t request, const MasterPage& page, std::span<const MasterFile> files) REQUIRES(mutex_);
  // `holders`: by position in MasterPage.workers; absent: no such worker is known.
  void SetReplicasLocked(const MasterFile& file, std::span<const std::optional<HolderId>> holders,
                         InterestTable::Order* order) REQUIRES(mutex_);
  bool IsStaleLocked(SteadyTime now) const REQUIRES(mutex_);
  Target ParseLocked(std::string_view input) const REQUIRES(mutex_);
  // Reads the input anew when the mount table has changed. Whether it names another path now.
  bool RereadLocked(Followed* followed, SteadyTime now) REQUIRES(mutex_);
  void CountLocked(Reject reason, uint64_t items = 1) REQUIRES(mutex_);
  void CountLocked(Limit limit) REQUIRES(mutex_);
  std::string MasterProblemLocked() const REQUIRES(mutex_);

  const InterestTable::Interest* InterestLocked(const Target& target, SteadyTime now) REQUIRES(mutex_);
  InputPicture PictureLocked(const Target& target, const InterestTable::Interest* interest) REQUIRES(mutex_);
  // Holds the path of a followed input; nothing when the table is full.
  void HoldLocked(Followed* followed, SteadyTime now) REQUIRES(mutex_);
  // Waits until none of the targets is pending, at most `wait`.
  void AwaitLocked(std::span<const Target> targets, Duration wait) REQUIRES(mutex_);
  bool AnyPendingLocked(std::span<const Target> targets) const REQUIRES(mutex_);
  struct SampleWalk;
  // The next steps of a sample. Whether it is done.
  bool SampleStepsLocked(SampleWalk* walk) const REQUIRES(mutex_);
  bool SampleFileLocked(const File& file, uint64_t first, SampleWalk* walk) const REQUIRES(mutex_);
  // Position in FilePlaces::workers by holder.
  using WorkerNumbers = std::unordered_map<HolderId, uint32_t>;
  std::vector<FilePlaces::Place> PlacesLocked(const FileFact& file, uint64_t listing, WorkerNumbers* numbers,
                                              FilePlaces* all) REQUIRES(mutex_);
  // Number of the holder's node in the walk; absent when it is no place.
  std::optional<uint32_t> PlaceLocked(HolderId holder, SampleWalk* walk) const REQUIRES(mutex_);
  bool BlocksLocked(const Target& target, const BlockPosition& from, size_t page_size, BlocksPage* page) const
      REQUIRES(mutex_);
  Freshness FreshnessLocked() const REQUIRES(mutex_);

  uint32_t ListingLimit() const;
  std::vector<Sending> PlanLocked(SteadyTime now) REQUIRES(mutex_);
  void Send(const std::vector<Sending>& orders) EXCLUDES(mutex_);
  void SweepLocked(SteadyTime now, std::vector<std::shared_ptr<WorkerLink>>* cuts) REQUIRES(mutex_);
  void ExpireLocked(SteadyTime now) REQUIRES(mutex_);
  void PulseLocked() REQUIRES(mutex_);

  const CatalogOptions options_;
  const MountTable configured_mounts_;
  const Clock& clock_;
  const SteadyTime started_;

  mutable Mutex mutex_;
  // A listing has ended, or Stop.
  CondVar answered_;
  LocalityIndex index_ GUARDED_BY(mutex_);
  InterestTable interest_ GUARDED_BY(mutex_);
  WorkerTable workers_ GUARDED_BY(mutex_);
  std::map<uint64_t, Stream> streams_ GUARDED_BY(mutex_);
  // Streams that were replaced and have not noticed yet.
  std::map<uint64_t, Retired> retired_ GUARDED_BY(mutex_);
  std::vector<Wake*> wakes_ GUARDED_BY(mutex_);
  std::shared_ptr<WorkerLink> mirror_ GUARDED_BY(mutex_);
  // Why the master was last not heard.
  std::string master_problem_ GUARDED_BY(mutex_);
  MountTable mounts_ GUARDED_BY(mutex_);
  bool mounts_told_ GUARDED_BY(mutex_) = false;
  uint64_t mounts_version_ GUARDED_BY(mutex_) = 1;
  std::string mounts_problem_ GUARDED_BY(mutex_);
  // Room for SetReplicasLocked.
  std::vector<ReplicaAt> stated_ GUARDED_BY(mutex_);
  // Files without replicas, by the time when they were noticed: kept for interest.ttl, as a worker tells of a file once
  // on a stream and may cache it again.
  std::deque<std::pair<SteadyTime, FileId>> idle_ GUARDED_BY(mutex_);
  // Restored, and not listed yet as far as Sync has looked.
  std::vector<std::string> restored_ GUARDED_BY(mutex_);
  // When the last worker came that had never told all it holds.
  std::optional<SteadyTime> newcomer_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
  size_t waiting_ GUARDED_BY(mutex_) = 0;
  // What the last pulse told.
  uint64_t pulsed_epoch_ GUARDED_BY(mutex_) = 0;
  std::pair<uint64_t, uint64_t> pulsed_workers_ GUARDED_BY(mutex_);
  SteadyTime next_sweep_ GUARDED_BY(mutex_);
  SteadyTime next_expiry_ GUARDED_BY(mutex_);
  // The newest news of any worker, for the time when none counts.
  SteadyTime last_news_ GUARDED_BY(mutex_);
  // OldestNews costs O(workers): kept for a moment.
  mutable SteadyTime oldest_at_ GUARDED_BY(mutex_);
  mutable uint64_t oldest_version_ GUARDED_BY(mutex_) = 0;
  mutable SteadyTime oldest_heard_ GUARDED_BY(mutex_);
  CatalogStats stats_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
