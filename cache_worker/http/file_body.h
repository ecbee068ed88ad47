// The body of an answer that is more than one run of bytes: segment after segment, the next one on its way while this
// one is handed out.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "cache_worker/http/segment.h"
#include "cache_worker/store/work_queue.h"
#include "common/mutex.h"

namespace locus::worker {

// Where segments are opened: `looks` for what is cached, `fetches` for what has to be fetched, so that an under-store
// that is slow holds up only those who wait for it. All must outlive every body.
struct BodySources {
  SegmentOpener& opener;
  WorkQueue& looks;
  WorkQueue& fetches;
};

// Thread-safe. Memory: two segments, of which only those past the cache are more than a descriptor.
class FileBody : public std::enable_shared_from_this<FileBody> {
 public:
  // How the one who pulls waits. `begin` is called within a Pull that has nothing to give: false, and the pull fails at
  // once; true, and `end` is called later, once, from any thread. Neither may call the body.
  struct Waiting {
    std::function<bool()> begin;
    std::function<void()> end;
  };

  // The bytes from first.begin() to `end` of the file, which lies beyond first.end() or is it. `past_until`: as
  // SegmentOpener::Fetched told.
  static std::shared_ptr<FileBody> Create(const BodySources& sources, std::shared_ptr<const FileFacts> file,
                                          Segment first, uint64_t end, uint64_t past_until, Waiting waiting);

  static constexpr ssize_t kLater = 0;
  static constexpr ssize_t kBroken = -1;
  // The next bytes, at most `max`; kLater: after Waiting::end; kBroken: there are no more that could be vouched for,
  // see failure().
  ssize_t Pull(char* to, size_t max);

  // Why a pull was broken.
  absl::Status failure();

 private:
  FileBody(const BodySources& sources, std::shared_ptr<const FileFacts> file, Segment first, uint64_t end,
           uint64_t past_until, Waiting waiting);

  // Asks for the segment at opening_at_.
  void Ask() REQUIRES(mutex_);
  // On a thread of the queues.
  void Look(uint64_t at);
  void Fetch(uint64_t at);
  void Take(absl::StatusOr<Segment> segment);
  ssize_t Wait() REQUIRES(mutex_);

  const BodySources sources_;
  const std::shared_ptr<const FileFacts> file_;
  const uint64_t end_;
  const Waiting waiting_;
  Mutex mutex_;
  std::optional<Segment> current_ GUARDED_BY(mutex_);
  std::optional<Segment> next_ GUARDED_BY(mutex_);
  absl::Status failure_ GUARDED_BY(mutex_);
  // The next byte to hand out.
  uint64_t at_ GUARDED_BY(mutex_);
  // Up to here the cache is of no use.
  uint64_t past_until_ GUARDED_BY(mutex_);
  bool asked_ GUARDED_BY(mutex_) = false;
  bool waits_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::worker
