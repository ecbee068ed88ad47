// What waits to be told to a locus-meta on its present stream.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/store/block_store.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

struct BlockEvent {
  // Null for a block of Alluxio's: what it belongs to is not ours to tell.
  std::shared_ptr<const FileFacts> file;
  uint32_t index = 0;
  Tier tier = Tier::kMem;
  bool added = true;
  // Where `file` is null.
  uint64_t file_id = 0;
};

// Part of the answer to one question about the under-store.
struct ListingPage {
  uint64_t request = 0;
  std::vector<FileFacts> files;
  // Of a shallow listing.
  std::vector<std::string> folders;
  bool done = false;
  bool not_found = false;
  std::string problem;
};

// Where a worker's parts tell what is new. Thread-safe.
class ReportNews : public BlockListener {
 public:
  // As the listener's calls, for whoever keeps no file facts.
  virtual void Push(BlockEvent event) = 0;
  // A Beat is to be sent now rather than when it is due.
  virtual void AskBeat() = 0;

  void OnAdded(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) override {
    Push({file, index, tier, true});
  }
  void OnRemoved(const std::shared_ptr<const FileFacts>& file, uint32_t index, Tier tier) override {
    Push({file, index, tier, false});
  }
};

// Thread-safe. One stream at a time; its number keeps the answers of an earlier one out.
class ReportQueue final : public ReportNews {
 public:
  explicit ReportQueue(size_t max_events) : max_events_(max_events) {}

  // A new stream begins, empty.
  uint64_t Begin();
  // From now on block changes are kept. More than max_events of them waiting end the stream.
  void Gather();
  // The stream is over: all waiting calls return, what waits is dropped.
  void End();

  void Push(BlockEvent event) override;
  // Forgotten when no stream is on: each begins with a beat.
  void AskBeat() override;

  // Waits while kMaxPages wait. False: that stream is over.
  bool PushPage(uint64_t stream, ListingPage page);
  // Does not wait; a stream on which thousands of them pile up is ended.
  void PushRefusal(uint64_t stream, ListingPage page);

  struct Batch {
    std::vector<BlockEvent> events;
    std::vector<ListingPage> pages;
    // AskBeat was called since the last Take.
    bool beat = false;
    bool over = false;
  };
  // Waits for something to tell, at most `timeout`.
  Batch Take(size_t max_events, Duration timeout);
  // Waits until the stream is over, at most `timeout`. Whether it is.
  bool WaitOver(Duration timeout);

  // Streams that were ended because too much waited.
  uint64_t overflows();

 private:
  void EndLocked() REQUIRES(mutex_);

  const size_t max_events_;
  Mutex mutex_;
  CondVar changed_;
  uint64_t stream_ GUARDED_BY(mutex_) = 0;
  bool over_ GUARDED_BY(mutex_) = true;
  bool gathering_ GUARDED_BY(mutex_) = false;
  std::deque<BlockEvent> events_ GUARDED_BY(mutex_);
  std::deque<ListingPage> pages_ GUARDED_BY(mutex_);
  bool beat_asked_ GUARDED_BY(mutex_) = false;
  uint64_t overflows_ GUARDED_BY(mutex_) = 0;
};

}  // namespace locus::worker
