// Answers locus-meta's questions about the under-store, beside the stream, so that a slow listing holds up nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "cache_worker/report/report_queue.h"
#include "cache_worker/report/sources.h"
#include "cache_worker/store/read_through.h"
#include "common/mutex.h"

namespace locus::worker {

inline constexpr size_t kFilesInPage = 1000;
inline constexpr uint32_t kMaxListedFiles = 10'000'000;

// Thread-safe. Files that turn out to have changed lose their old blocks on the way.
class Lister final : public Listings {
 public:
  // Two threads: a small question does not wait behind one large folder. Four more for shallow questions, which wait
  // behind no deep one. `reads` must outlive the lister.
  explicit Lister(ReadThrough& reads);
  // The streams that asked must have ended: waits for the listings in progress to notice.
  ~Lister() override;
  Lister(const Lister&) = delete;
  Lister& operator=(const Lister&) = delete;

  // The answer goes into its queue, in pages of at most kFilesInPage files and folders; the last one is `done`. Refused
  // with a problem when a thousand questions of its kind wait. Limit 0: kMaxListedFiles.
  void Submit(ListingRequest request) override;

 private:
  class Answering;
  void Run(std::deque<ListingRequest>& waiting);
  void Answer(const ListingRequest& request);

  ReadThrough& reads_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  CondVar changed_;
  std::deque<ListingRequest> deep_ GUARDED_BY(mutex_);
  std::deque<ListingRequest> shallow_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace locus::worker
