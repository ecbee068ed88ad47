// The tiered block cache of one node: folders with quotas, an index in memory, eviction.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
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
#include "cache_worker/store/recovery.h"
#include "cache_worker/store/rooms.h"
#include "cache_worker/store/single_flight.h"
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
};

struct RecoveryReport {
  uint64_t blocks = 0;
  uint64_t torn = 0;
  uint64_t leftovers = 0;
  uint64_t other_block_size = 0;
  uint64_t foreign = 0;
  // Dropped because another tier has the block too, or the quota is smaller than before.
  uint64_t surplus = 0;
};

struct StoredBlock {
  std::shared_ptr<const FileFacts> file;
  uint32_t index = 0;
  Tier tier = Tier::kMem;
};

// Which blocks are the caller's to name: a block is (file content, index), see FileFacts.
//
// Where a new block goes: the fastest folder with free room. When none has room, the folder whose next victim was used
// longest ago, whatever its tier: the tiers age as one. A block never moves once it is written.
//
// Promises, also with any call of the file system failing: no byte is handed out that was not written for that block; a
// folder never holds more payload than its quota; a block is announced only when it is on disk (and synced, with
// options.sync), and its removal is announced before the file goes.
//
// Thread-safe. Reads and lookups never wait for a write or an eviction.
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
  // Rebuilds the index from the folders. After Prepare, before anything below. CANCELLED when `stop` turned true.
  absl::StatusOr<RecoveryReport> Recover(const std::atomic<bool>& stop);

  // Whether the block is cached; counts as a use.
  bool Touch(const FileFacts& file, uint32_t index);
  // NOT_FOUND when the block is not cached, or has just turned out damaged (it is dropped then). Counts as a use. Other
  // codes: the block is there and cannot be read now (too many open files).
  absl::StatusOr<OpenBlock> Open(const FileFacts& file, uint32_t index);
  // The same, without counting as a use.
  absl::StatusOr<OpenBlock> Peek(const FileFacts& file, uint32_t index);
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

  // All blocks, grouped by file. `at_that_moment` runs under the lock: later changes, and only those, reach the
  // listener after it.
  std::vector<StoredBlock> Snapshot(const std::function<void()>& at_that_moment);

  // One entry a tier, fastest first.
  std::vector<TierUse> Usage();
  StoreStats Stats();
  const BlockStoreOptions& options() const { return options_; }

 private:
  // A block that left the index, whose file is still to be removed.
  struct Leaving {
    BlockKey key;
    size_t folder = 0;
    uint64_t bytes = 0;
  };
  struct Place {
    size_t folder = 0;
    std::vector<Leaving> victims;
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
  void AddRecovered(size_t folder, const FoundBlock& found, std::vector<Leaving>& surplus) REQUIRES(mutex_);
  bool MayHold(size_t folder, uint64_t bytes, const PutOptions& options) const REQUIRES(mutex_);
  std::optional<size_t> FolderToEvictFrom(uint64_t bytes, const PutOptions& options) REQUIRES(mutex_);
  absl::StatusOr<Place> ChoosePlace(uint64_t bytes, const PutOptions& options) REQUIRES(mutex_);
  absl::StatusOr<size_t> MakeRoom(const BlockKey& key, uint64_t bytes, const PutOptions& options) EXCLUDES(mutex_);
  Leaving TakeOut(const BlockKey& key) REQUIRES(mutex_);
  Dropped TakeOutAll(const std::vector<BlockKey>& keys, std::vector<Leaving>& leaving) REQUIRES(mutex_);
  void RemoveFiles(const std::vector<Leaving>& leaving) EXCLUDES(mutex_);
  void RetryStuck() EXCLUDES(mutex_);
  absl::Status PutInPlace(const Writer& writer);
  void Publish(const Writer& writer) EXCLUDES(mutex_);
  void Abandon(const Writer& writer) EXCLUDES(mutex_);

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
  // Keys between Begin and the end of their Writer.
  std::unordered_set<BlockKey, BlockKeyHash> writing_ GUARDED_BY(mutex_);
  // Keys whose old file is still to be removed.
  std::unordered_set<BlockKey, BlockKeyHash> leaving_ GUARDED_BY(mutex_);
  std::vector<Stuck> stuck_ GUARDED_BY(mutex_);
  uint64_t uses_ GUARDED_BY(mutex_) = 0;
  uint64_t serials_ GUARDED_BY(mutex_) = 0;
  uint64_t temporaries_ GUARDED_BY(mutex_) = 0;
  uint64_t evictions_ GUARDED_BY(mutex_) = 0;
  uint64_t torn_ GUARDED_BY(mutex_) = 0;
};

// One block on its way to disk. Not thread-safe. Destruction without Commit gives it up.
class BlockStore::Writer {
 public:
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // As BlockFileWriter::Append.
  absl::Status Append(std::string_view chunk) { return file_writer_->Append(chunk); }
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
  bool ended_ = false;
};

}  // namespace locus::worker
