// The start of a block store: what lies in the tier folders is looked through, then verified beside serving.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "cache_worker/store/block.h"
#include "cache_worker/store/block_store.h"
#include "cache_worker/store/store_keeper.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

// Thread-safe. One thread, and the keeper's.
class StoreStart {
 public:
  // `store` (prepared) and `clock` must outlive it.
  StoreStart(BlockStore& store, const Clock& clock) : store_(store), clock_(clock), keeper_(store, clock) {}
  // Stops.
  ~StoreStart() { Stop(); }
  StoreStart(const StoreStart&) = delete;
  StoreStart& operator=(const StoreStart&) = delete;

  // `looked_through` is called once, on the thread, when the store may be used and nothing has changed in it yet; not
  // when a stop comes first. Once.
  void Start(std::function<void()> looked_through);
  // Ends the store's work in the background too. Idempotent.
  void Stop();

 private:
  void Run(const std::function<void()>& looked_through);
  void ScrubFound(const std::vector<StoredBlock>& found);

  BlockStore& store_;
  const Clock& clock_;
  StoreKeeper keeper_;
  std::thread thread_;
  Mutex mutex_;
  CondVar stop_asked_;
  std::atomic<bool> stopping_{false};
};

}  // namespace locus::worker
