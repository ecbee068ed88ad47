// The tiered block cache of one node: folders with quotas, an index in memory, eviction.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/status/statusor.h"
#include "cache_worker/store/block.h"
#include "cache_worker/store/block_file.h"
#include "cache_worker/store/block_index.h"
#include "cache_worker/store/descriptor.h"
#include "cache_worker/store/eviction.h"
#include "cache_worker/store/file_system.h"
#include "cache_worker/store/folder_health.h"
#include "cache_worker/store/pin_list.h"
#include "cache_worker/store/recovery.h"
#include "cache_worker/store/rooms.h"
#include "cache_worker/store/single_flight.h"
#include "cache_worker/store/tier_rules.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

struct BlockStoreOptions {
  // Fastest first; at least one. No folder within another.
  std::vector<TierFolder> folders;
  uint64_t block_bytes = 64 << 20;
  // Sync each block before it counts as cached.
  bool sync = false;
  // About 200 bytes of memory each; beyond it every new block evicts another.
  uint64_t max_blocks = 4'000'000;
  // Each file may be cut into blocks of a size of its own; block_bytes is not looked at then.
  bool any_block_size = false;
  TierRules tiers;
  // Bytes that stay free on the disk of each folder, whatever its quota.
  uint64_t keep_free = 0;
  // How often a folder that fails is tried again.
  Duration folder_retry = std::chrono::seconds(10);
  // Bytes of blocks that may be pinned.
  uint64_t max_pinned = 0;
};

// Hears of each change while the store's lock is held, so in the one true order: must be quick and must not call back.
class BlockListener {
 public:
  virtual ~BlockListener() = default;
  virtual void OnAdded(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) = 0;
  virtual void OnRemoved(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) = 0;
};

struct PutOptions {
  // Only folders of this tier; absent: any.
  std::optional<Tier> tier;
  // Blocks used at or after this point (BlockStore::UseMark) are not evicted: a warm-up does not undo itself.
  uint64_t spare_since = UINT64_MAX;
};

struct StoreStats {
  uint64_t evictions = 0;
  uint64_t torn_blocks = 0;
  // Files that have to go and cannot be removed now; their bytes count.
  uint64_t stuck_files = 0;
  uint64_t blocks = 0;
  uint64_t promotions = 0;
  uint64_t demotions = 0;
  // Blocks that were to move up and did not: too many waited, or there was nothing colder.
  uint64_t promotions_dropped = 0;
  // Moves that failed on the way; the block stays where it was.
  uint64_t moves_failed = 0;
  // Blocks refused because keep_free would not have stayed free.
  uint64_t refused_for_free_space = 0;
  // Times that a folder was set aside, or its writes stopped.
  uint64_t folder_failures = 0;
  uint64_t pinned_bytes = 0;
  // Blocks below a pin that are not pinned, as max_pinned was reached.
  uint64_t pins_over_limit = 0;
};

struct RecoveryReport {
  uint64_t blocks = 0;
  uint64_t torn = 0;
  uint64_t leftovers = 0;
  uint64_t other_block_size = 0;
  uint64_t foreign = 0;
  // Dropped because another tier has the block too, or the quota is smaller than before.
  uint64_t surplus = 0;
  // Folders that could not be looked through: set aside, and tried again.
  uint64_t folders_aside = 0;
  // The file of pins was damaged, and was set aside as pins.damaged.
  bool pins_damaged = false;
};

struct StoredBlock {
  std::shared_ptr<const FileFacts> file;
  uint32_t index = 0;
  Tier tier = Tier::kMem;
};

// Which blocks are the caller's to name: a block is (file content, index), see FileFacts.
//
// Where a new block goes: the fastest folder with free room. When none has room, the folder whose next victim was used
// longest ago, whatever its tier: a write never waits for a move. Everything else is done in the background, by whoever
// calls Maintain: room is made beforehand, a block that is read often in a slower tier moves up, and what a faster tier
// gives up moves down where it is worth more than what lies there (tier_rules.h). A move is a copy: announced as added
// in the new tier, then removed in the old one; whoever reads the old copy goes on.
//
// A folder that fails is noticed by the call that fails and examined by Maintain (folder_health.h). When nothing can be
// written, its blocks are still read; when blocks cannot be read, all of them leave the index. It is tried again each
// folder_retry, and looked through as at the start when it works.
//
// Promises, also with any call of the file system failing: no byte is handed out that was not written for that block; a
// folder never holds more payload than its quota; a block is announced only when it is on disk (and synced, with
// options.sync), and its removal is announced before the file goes; a block that moves is on disk at every moment.
//
// Thread-safe. Reads and lookups never wait for a write, an eviction or a move.
class BlockStore {
 public:
  class Writer;
  struct OpenBlock {
    std::unique_ptr<BlockFileReader> reader;
    Tier tier = Tier::kMem;
    uint64_t serial = 0;
    // Every byte of this copy has matched its sum in this process, or was written by it.
    bool verified = false;
  };
  // A block file for sendfile: its first `bytes` bytes are the payload. It stays readable when the block is evicted.
  struct Sendable {
    Descriptor descriptor;
    uint64_t bytes = 0;
    Tier tier = Tier::kMem;
  };

  // `files` must outlive the store; `listener`, which may be null, too.
  BlockStore(BlockStoreOptions options, FileSystem& files, const EvictionPolicyFactory& policies,
             BlockListener* listener);
  ~BlockStore();

  // Makes and locks the folders. All problems, one text each; empty when all is well. Before anything else.
  std::vector<std::string> Prepare();
  // Rebuilds the index from the folders. After Prepare, before anything below. A folder that cannot be looked through
  // is set aside. CANCELLED when `stop` turned true.
  absl::StatusOr<RecoveryReport> Recover(const std::atomic<bool>& stop);

  // What a cached block belongs to; null when it is not cached. Counts as no use.
  std::shared_ptr<const FileFacts> FactsOf(const BlockKey& key);
  // Whether the block is cached; counts as a use.
  bool Touch(const FileFacts& file, uint32_t index);
  // NOT_FOUND when the block is not cached, or has just turned out damaged (it is dropped then). Counts as a use. Other
  // codes: the block is there and cannot be read now (too many open files).
  absl::StatusOr<OpenBlock> Open(const FileFacts& file, uint32_t index);
  // The same, without counting as a use.
  absl::StatusOr<OpenBlock> Peek(const FileFacts& file, uint32_t index);
  // Gives a block of the tier MEM its pages, to be read in place (BlockFileReader::ChunkInPlace); they are kept for its
  // next reader until the block leaves. Where they cannot be had, it is read as in other tiers.
  void MapPages(OpenBlock& open);
  // As Open, for readers who do not check sums themselves. A copy that has not been verified in this process is read
  // and verified first, once however many ask.
  absl::StatusOr<Sendable> OpenForSend(const FileFacts& file, uint32_t index);
  // All of that copy has matched its sums.
  void MarkVerified(const FileFacts& file, uint32_t index, uint64_t serial);
  // Reading it showed wrong bytes: drops that copy, counts it as torn.
  void DropDamaged(const FileFacts& file, uint32_t index, uint64_t serial);

  // Reserves room, evicting when needed. RESOURCE_EXHAUSTED: no folder can take the block (too small, no such tier, all
  // spared, disk full). ALREADY_EXISTS: cached, or being written by another. Other codes: the disk fails.
  absl::StatusOr<std::unique_ptr<Writer>> Begin(std::shared_ptr<const FileFacts> file, uint32_t index,
                                                const PutOptions& options);
  // A point in the order of uses, for PutOptions::spare_since.
  uint64_t UseMark();
  // While it lives, nothing that was used since it was made is evicted in the background.
  class Spare;
  std::unique_ptr<Spare> SpareFromNow();

  // The content of exactly this path, with a block here, whose file id ends in these 40 bits; null when there is none.
  std::shared_ptr<const FileFacts> FindContent(const std::string& path, uint64_t id_low40);

  struct Dropped {
    uint64_t blocks = 0;
    uint64_t bytes = 0;
  };
  // Drops the blocks of the file or folder.
  Dropped Drop(const std::string& path);
  Dropped Drop(const BlockKey& key);
  // Drops blocks of that very path that belong to another content than `file_id` (0: all).
  Dropped DropOtherContents(const std::string& path, uint64_t file_id);

  struct PinUse {
    uint64_t blocks = 0;
    uint64_t bytes = 0;
  };
  // Pins a file or folder: its blocks are neither evicted nor moved down, nor are those cached later, as far as
  // max_pinned allows. Outlives a restart; Drop drops pinned blocks too, and the pin stays. What is pinned below the
  // path now. RESOURCE_EXHAUSTED: the blocks that are there go beyond max_pinned, or too many pins. Other codes: the
  // pin cannot be written down; nothing has changed.
  absl::StatusOr<PinUse> Pin(const std::string& path);
  // Takes away the pins at or below the path. FAILED_PRECONDITION when a folder above it is pinned.
  absl::StatusOr<PinUse> Unpin(const std::string& path);

  // For the one thread that looks after the store (StoreKeeper). Waits until something is to be done, at most
  // `timeout`, or until Wake.
  void WaitForWork(Duration timeout);
  void Wake();
  // Does what is to be done: examines folders, moves blocks, makes room. Ends within one piece of a copy when `stop`
  // turns true.
  void Maintain(SteadyTime now, const std::atomic<bool>& stop);

  // All blocks, grouped by file. `at_that_moment` runs under the lock: later changes, and only those, reach the
  // listener after it.
  std::vector<StoredBlock> Snapshot(const std::function<void()>& at_that_moment);

  // One entry a tier, fastest first. A folder that is set aside has no capacity.
  std::vector<TierUse> Usage();
  StoreStats Stats();
  // Folders that fail at present, each with the reason.
  std::vector<std::string> FolderProblems();
  const BlockStoreOptions& options() const { return options_; }

 private:
  // A block that left the index, whose file is still to be removed.
  struct Leaving {
    BlockKey key;
    size_t folder = 0;
    uint64_t bytes = 0;
    // Let go of outside the lock: giving back many pages takes a while.
    std::shared_ptr<const MappedFile> pages;
  };
  struct Place {
    size_t folder = 0;
    std::vector<Leaving> victims;
  };
  struct FolderState {
    FolderHealth health = FolderHealth::kWell;
    std::string reason;
    // A call has failed since the last look.
    bool suspect = false;
    // It was told that store.keep_free would not stay free on its disk.
    bool full = false;
    SteadyTime next_look{};
    // Writes and removals under way. While there are any, a folder that was gone is not looked through.
    uint64_t busy = 0;
  };
  // A block that was read often in a slower tier, since the use that is named.
  struct Hot {
    BlockKey key;
    uint64_t serial = 0;
    uint64_t since = 0;
  };
  struct FoundIn {
    size_t folder = 0;
    FoundBlock block;
  };
  struct Stuck {
    size_t folder = 0;
    StuckFile file;
    // The block whose file this is; it cannot be written anew before the file is gone.
    std::optional<BlockKey> key;
  };

  std::string PathOf(size_t folder, const BlockKey& key) const;
  std::optional<uint64_t> OnlyBlockBytes() const;
  absl::Status Verify(const FileFacts& file, OpenBlock& open);
  bool DropCopy(const BlockKey& key, uint64_t serial) EXCLUDES(mutex_);
  void CountRead(const BlockKey& key, IndexedBlock& block) REQUIRES(mutex_);

  // Recovery.
  absl::StatusOr<FolderScan> Scan(size_t folder, const std::atomic<bool>& stop);
  void AddFound(std::vector<FoundIn> found, bool announce, std::vector<Leaving>& surplus) REQUIRES(mutex_);
  void AddRecovered(const FoundIn& found, bool announce, std::vector<Leaving>& surplus) REQUIRES(mutex_);
  void TrimToQuota(size_t folder, std::vector<Leaving>& surplus) REQUIRES(mutex_);
  void KeepStuck(size_t folder, const std::vector<StuckFile>& stuck) REQUIRES(mutex_);

  // Room and writes.
  std::vector<DiskSpace> Disks() EXCLUDES(mutex_);
  uint64_t Missing(size_t folder, uint64_t bytes, const std::vector<DiskSpace>& disks) const REQUIRES(mutex_);
  bool MayHold(size_t folder, uint64_t bytes, const PutOptions& options) const REQUIRES(mutex_);
  void MayGo(const BlockKey& key, size_t folder, uint64_t last_use) REQUIRES(mutex_);
  // What would go next of what was not used since then.
  std::optional<BlockKey> VictimOf(size_t folder, uint64_t spare_since) REQUIRES(mutex_);
  std::optional<size_t> FolderToEvictFrom(uint64_t bytes, const PutOptions& options,
                                          const std::vector<DiskSpace>& disks) REQUIRES(mutex_);
  absl::StatusOr<Place> ChoosePlace(uint64_t bytes, const PutOptions& options, const std::vector<DiskSpace>& disks)
      REQUIRES(mutex_);
  absl::Status NoRoom(uint64_t bytes, const PutOptions& options, const std::vector<DiskSpace>& disks) REQUIRES(mutex_);
  absl::StatusOr<size_t> MakeRoom(const BlockKey& key, uint64_t bytes, const PutOptions& options) EXCLUDES(mutex_);
  void Reserve(const BlockKey& key, size_t folder, uint64_t bytes) REQUIRES(mutex_);
  absl::StatusOr<std::unique_ptr<Writer>> StartWriter(std::shared_ptr<const FileFacts> file, uint32_t index,
                                                      size_t folder) EXCLUDES(mutex_);
  absl::Status PutInPlace(const Writer& writer);
  absl::Status Publish(const Writer& writer) EXCLUDES(mutex_);
  void Abandon(const Writer& writer) EXCLUDES(mutex_);

  // In and out of the index, with all that goes with it.
  void PutIn(const std::shared_ptr<const FileFacts>& file, uint32_t index, IndexedBlock block) REQUIRES(mutex_);
  IndexedBlock LeaveIndex(const BlockKey& key) REQUIRES(mutex_);
  Leaving StartLeaving(const BlockKey& key, size_t folder, uint64_t bytes) REQUIRES(mutex_);
  void EndLeaving(const BlockKey& key) REQUIRES(mutex_);
  Leaving TakeOut(const BlockKey& key) REQUIRES(mutex_);
  Dropped TakeOutAll(const std::vector<BlockKey>& keys, std::vector<Leaving>& leaving) REQUIRES(mutex_);
  void RemoveFiles(const std::vector<Leaving>& leaving) EXCLUDES(mutex_);
  void RetryStuck() EXCLUDES(mutex_);

  // Moves.
  FolderView View(size_t folder) const REQUIRES(mutex_);
  std::vector<FolderView> Views() REQUIRES(mutex_);
  uint64_t SpareMark() const REQUIRES(mutex_);
  void NoteSurplus(size_t folder) REQUIRES(mutex_);
  void WorkIsDue() REQUIRES(mutex_);
  std::optional<Hot> NextHot() EXCLUDES(mutex_);
  void Promote(const Hot& hot, const std::atomic<bool>& stop) EXCLUDES(mutex_);
  void ClearSurplus(size_t folder, const std::atomic<bool>& stop) EXCLUDES(mutex_);
  bool MakeRoomForMove(size_t folder, uint64_t bytes, uint64_t before, const std::atomic<bool>& stop) EXCLUDES(mutex_);
  bool Retire(const BlockKey& key, const IndexedBlock& block, const std::atomic<bool>& stop) EXCLUDES(mutex_);
  absl::Status Move(const BlockKey& key, uint64_t serial, size_t to, const std::atomic<bool>& stop) EXCLUDES(mutex_);
  absl::StatusOr<std::unique_ptr<Writer>> BeginMove(const BlockKey& key, uint64_t serial, size_t to) EXCLUDES(mutex_);
  absl::Status CopyInto(Writer& writer, uint64_t serial, const std::atomic<bool>& stop) EXCLUDES(mutex_);
  absl::Status EndMove(Writer& writer, uint64_t serial) EXCLUDES(mutex_);

  // Folders that fail.
  std::string NameOf(size_t folder) const;
  void NoteTrouble(size_t folder, const absl::Status& status) REQUIRES(mutex_);
  void LookAfter(size_t folder, SteadyTime now, const std::atomic<bool>& stop) EXCLUDES(mutex_);
  std::vector<std::string> Samples(size_t folder) const REQUIRES(mutex_);
  void SetHealth(size_t folder, const FolderDiagnosis& diagnosis, SteadyTime next_look) EXCLUDES(mutex_);
  uint64_t Forget(size_t folder) REQUIRES(mutex_);
  absl::Status Readmit(size_t folder, const std::atomic<bool>& stop) EXCLUDES(mutex_);

  // Pins.
  size_t PinFolder() const;
  absl::Status LoadPins(bool* damaged) REQUIRES(pins_mutex_) EXCLUDES(mutex_);
  absl::Status SavePins(const PinList& pins);
  void SetPinned(const BlockKey& key, IndexedBlock& block, bool pinned) REQUIRES(mutex_);
  PinUse ApplyPins(const std::string& path) REQUIRES(mutex_);

  const BlockStoreOptions options_;
  FileSystem& files_;
  BlockListener* const listener_;
  std::vector<std::unique_ptr<FolderLock>> locks_;
  // Blocks that are being verified.
  SingleFlight verifying_;

  // Held while room is made, so that two writers never count on the same free bytes. Taken before mutex_.
  Mutex room_mutex_;
  Mutex mutex_;
  BlockIndex index_ GUARDED_BY(mutex_);
  Rooms rooms_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<EvictionPolicy>> policies_ GUARDED_BY(mutex_);
  // No block that may be evicted from the folder was used last before this: a search for one is not repeated.
  std::vector<uint64_t> none_before_ GUARDED_BY(mutex_);
  // Keys between Begin and the end of their Writer.
  std::unordered_set<BlockKey, BlockKeyHash> writing_ GUARDED_BY(mutex_);
  // Keys with an old file that is still to be removed, once for each such file.
  std::unordered_multiset<BlockKey, BlockKeyHash> leaving_ GUARDED_BY(mutex_);
  std::vector<Stuck> stuck_ GUARDED_BY(mutex_);
  std::vector<FolderState> states_ GUARDED_BY(mutex_);
  CondVar work_;
  bool work_due_ GUARDED_BY(mutex_) = false;
  // At most kMaxHot.
  std::deque<Hot> hot_ GUARDED_BY(mutex_);
  std::multiset<uint64_t> spares_ GUARDED_BY(mutex_);
  // Held while the file of pins is written. Taken before mutex_.
  Mutex pins_mutex_;
  bool pins_loaded_ GUARDED_BY(pins_mutex_) = false;
  PinList pins_ GUARDED_BY(mutex_);
  uint64_t uses_ GUARDED_BY(mutex_) = 0;
  uint64_t serials_ GUARDED_BY(mutex_) = 0;
  uint64_t temporaries_ GUARDED_BY(mutex_) = 0;
  StoreStats stats_ GUARDED_BY(mutex_);
};

// Not thread-safe.
class BlockStore::Spare {
 public:
  ~Spare();
  Spare(const Spare&) = delete;
  Spare& operator=(const Spare&) = delete;
  // For PutOptions::spare_since.
  uint64_t since() const { return since_; }

 private:
  friend class BlockStore;
  Spare(BlockStore& store, uint64_t since) : store_(store), since_(since) {}

  BlockStore& store_;
  const uint64_t since_;
};

// One block on its way to disk. Not thread-safe. Destruction without Commit gives it up.
class BlockStore::Writer {
 public:
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // As BlockFileWriter::Append.
  absl::Status Append(std::string_view chunk) {
    absl::Status status = file_writer_->Append(chunk);
    if (!status.ok()) trouble_ = status;
    return status;
  }
  // The tier where the block now is. On an error nothing of it remains.
  absl::StatusOr<Tier> Commit();

 private:
  friend class BlockStore;
  Writer(BlockStore& store, std::shared_ptr<const FileFacts> file, uint32_t index, size_t folder, std::string temporary)
      : store_(store), file_(std::move(file)), index_(index), folder_(folder), temporary_(std::move(temporary)) {}
  BlockKey key() const { return {file_->file_id, index_}; }
  uint64_t bytes() const { return BlockLength(*file_, index_); }

  BlockStore& store_;
  const std::shared_ptr<const FileFacts> file_;
  const uint32_t index_;
  const size_t folder_;
  const std::string temporary_;
  std::unique_ptr<BlockFileWriter> file_writer_;
  // What the disk said, when it failed.
  absl::Status trouble_;
  bool ended_ = false;
};

}  // namespace locus::worker
