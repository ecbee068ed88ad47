// Which block of a tier folder has to go when room is needed.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "cache_worker/store/block.h"

namespace locus::worker {

// Order of the blocks of one folder. Pure: no clock, no I/O. Not thread-safe: the store calls it under its own lock.
class EvictionPolicy {
 public:
  virtual ~EvictionPolicy() = default;
  // A block that is not known yet.
  virtual void Added(const BlockKey& key) = 0;
  // A known block was read.
  virtual void Used(const BlockKey& key) = 0;
  // A known block is gone, whatever the reason.
  virtual void Removed(const BlockKey& key) = 0;
  // The block that would go next; nothing when there is none. The caller says Removed when it takes it.
  virtual std::optional<BlockKey> Victim() const = 0;
};

// One policy for each folder.
using EvictionPolicyFactory = std::function<std::unique_ptr<EvictionPolicy>()>;

}  // namespace locus::worker
