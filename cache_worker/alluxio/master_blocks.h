// Blocks of a real Alluxio's files: what a worker of its master serves and caches.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cache_worker/alluxio/block_provider.h"
#include "cache_worker/alluxio/held_blocks.h"
#include "cache_worker/alluxio/ufs_map.h"
#include "cache_worker/origin/origin.h"
#include "cache_worker/store/block_store.h"
#include "cache_worker/store/single_flight.h"

namespace locus::worker {

// A file as the Alluxio master knows it.
struct MasterFile {
  // In Alluxio's namespace.
  std::string path;
  std::string ufs_path;
  uint64_t length = 0;
  uint64_t block_bytes = 0;
  int64_t modified_ms = 0;
  bool folder = false;
  // False: it is being written.
  bool completed = true;
  bool persisted = true;
};

// Asks the master. NOT_FOUND: it has no such file. Thread-safe.
using MasterFiles = std::function<absl::StatusOr<MasterFile>(uint64_t container)>;

// Whether the file at the under-store is still the one that the master told of, with `modified_ns` as the under-store
// tells it. Its length must be the same. Its modification time is the master's where Alluxio found the file there;
// where Alluxio wrote it, the master's is from the moment after: so a file that is newer than that, by more than two
// clocks differ, was changed behind Alluxio's back.
bool StillTheFile(const MasterFile& file, uint64_t length, int64_t modified_ns);

// A block is read from the under-store at the place that the master tells, never from another worker. What is cached of
// a file has the modification time of the under-store with it, and all blocks of a container have the same: with the
// first one of another, the earlier ones go. Thread-safe.
class MasterBlocks final : public BlockProvider {
 public:
  // All must outlive it.
  MasterBlocks(BlockStore& store, Origin& origin, HeldBlocks& held, UfsMap ufs, MasterFiles files)
      : store_(store), origin_(origin), held_(held), ufs_(std::move(ufs)), files_(std::move(files)) {}

  Result Find(const WantedBlock& wanted) override;
  Result Fetch(const WantedBlock& wanted, const std::function<bool()>& cancelled) override;
  bool takes_orders() const override { return true; }
  absl::Status Cache(const WantedBlock& wanted, const std::function<bool()>& cancelled) override;
  void Remove(alluxio_wire::BlockId id) override;
  void RemoveAll() override { store_.Drop("/"); }

  uint64_t fetched_bytes() const { return fetched_bytes_; }
  // Blocks that were not read because the under-store has another content than the master told of.
  uint64_t changed() const { return changed_; }

 private:
  // What one block is, and where.
  struct Source {
    std::shared_ptr<const FileFacts> file;
    // As the under-store names it.
    Content content;
  };
  absl::StatusOr<Source> Look(uint64_t container, uint32_t sequence);
  absl::Status Ensure(const Source& source, uint32_t index, const std::function<bool()>& cancelled);
  absl::Status Fill(const Source& source, uint32_t index, const std::function<bool()>& cancelled);

  BlockStore& store_;
  Origin& origin_;
  HeldBlocks& held_;
  const UfsMap ufs_;
  const MasterFiles files_;
  SingleFlight flights_;
  std::atomic<uint64_t> fetched_bytes_{0};
  std::atomic<uint64_t> changed_{0};
};

}  // namespace locus::worker
