// The thread that looks after a store: moves, room made beforehand, folders that fail.
#pragma once

#include <atomic>
#include <thread>

#include "cache_worker/store/block_store.h"
#include "common/clock.h"

namespace locus::worker {

// One thread: at most one block is copied at a time, so that readers keep most of each disk. Not thread-safe.
class StoreKeeper {
 public:
  // Both must outlive the keeper.
  StoreKeeper(BlockStore& store, const Clock& clock) : store_(store), clock_(clock) {}
  ~StoreKeeper() { Stop(); }
  StoreKeeper(const StoreKeeper&) = delete;
  StoreKeeper& operator=(const StoreKeeper&) = delete;

  // After the store's Recover.
  void Start();
  // Returns as soon as a piece of a copy that is under way has ended. Idempotent.
  void Stop();

 private:
  void Run();

  BlockStore& store_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace locus::worker
