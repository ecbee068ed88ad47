// The blocks that Alluxio's clients are served, as a port: behind it stands the store, in one of two roles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "alluxio_wire/block_id.h"
#include "cache_worker/store/block.h"

namespace locus::worker {

// A block as a client names it, with what it knows of where its bytes are in the under-store.
struct WantedBlock {
  alluxio_wire::BlockId id;
  // Empty: not told, then the next two are not either.
  std::string ufs_path = {};
  uint64_t offset_in_file = 0;
  uint64_t block_bytes = 0;
  // Do not keep what has to be fetched.
  bool no_cache = false;
};

// A block that one reader has open; it stays readable when it is evicted. One call at a time.
class ServedBlock {
 public:
  // Read gives no more than up to the next multiple of this.
  static constexpr uint64_t kReadBytes = 1 << 20;

  virtual ~ServedBlock() = default;
  virtual uint64_t bytes() const = 0;
  // Where its bytes come from. Nothing: the under-store, and Read may take long.
  virtual std::optional<Tier> tier() const = 0;
  // Writes `size` bytes to `to`, verified, which must not cross a multiple of kReadBytes. DATA_LOSS: the copy was
  // damaged and is dropped; asked for anew, the block may be had again. Other codes are for the client. What `to` holds
  // after an error must not be used.
  virtual absl::Status Read(uint64_t offset, size_t size, char* to) = 0;
};

// Thread-safe. The texts of errors are shown to users by their clients.
class BlockProvider {
 public:
  using Result = absl::StatusOr<std::unique_ptr<ServedBlock>>;

  virtual ~BlockProvider() = default;
  // What is cached; asks nobody else. NOT_FOUND: try Fetch.
  virtual Result Find(const WantedBlock& wanted) = 0;
  // From the under-store, caching on the way unless `no_cache` or the cache cannot take it. May take long; ends soon as
  // CANCELLED after `cancelled` turned true. NOT_FOUND: this worker does not have it and cannot get it, which makes the
  // client ask another one; the text says why. UNAVAILABLE: the under-store is out of reach.
  virtual Result Fetch(const WantedBlock& wanted, const std::function<bool()>& cancelled) = 0;

  // Whether a client's or master's word alone is a reason to cache (Cache), and to drop what is cached (Remove,
  // RemoveAll).
  virtual bool takes_orders() const = 0;
  // OK when it is cached, by this call or before. Codes of Fetch, and RESOURCE_EXHAUSTED: no tier can take it.
  virtual absl::Status Cache(const WantedBlock& wanted, const std::function<bool()>& cancelled) = 0;
  virtual void Remove(alluxio_wire::BlockId id) = 0;
  virtual void RemoveAll() = 0;
};

}  // namespace locus::worker
