// Which block of a tier folder has to go when room is needed.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "absl/functional/function_ref.h"
#include "cache_worker/store/block.h"

namespace locus::worker {

// Whether a block has to stay for now.
using Spared = absl::FunctionRef<bool(const BlockKey&)>;

// Order of the blocks of one folder. Pure: no clock, no I/O. Not thread-safe: the store calls it under its own lock.
//
// All policies count blocks, not bytes: blocks are alike but for the last one of each file, and a short one costs as
// much work to fetch again. Bytes are the store's: it takes victims until there is room.
class EvictionPolicy {
 public:
  virtual ~EvictionPolicy() = default;
  // A block that is not known yet lies in the folder now.
  virtual void Added(const BlockKey& key) = 0;
  // A reader asked for the block, which lies in this folder, in another one, or nowhere. For a known block it is a use.
  virtual void Asked(const BlockKey& key) = 0;
  // A known block is gone, whatever the reason.
  virtual void Removed(const BlockKey& key) = 0;
  // The block that would go next, of those that are not spared; nothing when there is none. The same again until
  // something new is told. The caller says Removed when it takes it. Passing over n spared blocks costs O(n): spare
  // for a while only. What must never go is Removed here, and Added when it may go again.
  virtual std::optional<BlockKey> Victim(Spared spared) = 0;
  // Whether `candidate`, which lies elsewhere, is worth more here than `victim`, which lies here. Yes, when the policy
  // knows nothing of blocks elsewhere.
  virtual bool Admits(const BlockKey& candidate, const BlockKey& victim) const {
    static_cast<void>(candidate);
    static_cast<void>(victim);
    return true;
  }
};

// One policy for each folder.
using EvictionPolicyFactory = std::function<std::unique_ptr<EvictionPolicy>()>;

// For Victim: any block may go.
inline bool NoneSpared(const BlockKey&) { return false; }

}  // namespace locus::worker
