// What a request for a file or a block is answered: found out on threads of its own, away from the sockets.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache_worker/http/conditions.h"
#include "cache_worker/http/file_body.h"
#include "cache_worker/http/segment.h"
#include "cache_worker/http/target.h"
#include "cache_worker/store/work_queue.h"
#include "common/clock.h"

namespace locus::worker {

struct Question {
  // GET or else HEAD.
  bool is_get = true;
  Target target;
  ConditionFields fields;
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  // Of an error.
  std::string text;
  // Bytes of the body, or for HEAD of what the body would be.
  uint64_t length = 0;
  // Of 200 and 206 to GET, when there is any byte: the body is `first` and what follows it in `file` up to `end`.
  std::shared_ptr<const FileFacts> file;
  std::optional<Segment> first;
  uint64_t end = 0;
  uint64_t past_until = 0;
};

Answer ErrorAnswer(const absl::Status& status);

struct ContentServiceOptions {
  // Threads that look into the cache and ask the under-store what a file is; and those that fetch.
  size_t look_threads = 8;
  size_t fetch_threads = 4;
  // Requests, and bodies, that wait for a thread; beyond it they get 503.
  size_t max_waiting = 4096;
};

// Thread-safe.
class ContentService {
 public:
  // All must outlive it.
  ContentService(const ContentServiceOptions& options, ReadThrough& reads, const Clock& clock);
  // Stops.
  ~ContentService() { Stop(); }

  // Calls `done` once: on one of its own threads, or at once on this one.
  void Ask(Question question, std::function<void(Answer)> done);
  // What bodies are made of.
  BodySources sources() { return {opener_, looks_, fetches_}; }

  // Makes all that is in progress end soon, as UNAVAILABLE.
  void Cancel() { stopping_ = true; }
  // Cancels, and waits for its threads. Idempotent.
  void Stop();

 private:
  struct Asked;
  void Look(const std::shared_ptr<Asked>& asked);
  void Fetch(const std::shared_ptr<Asked>& asked);
  absl::Status Find(Asked& asked);
  // Fills in all but the first segment. False: there is none to fill in.
  bool Judged(Asked& asked);
  void End(Asked& asked, absl::Status status);

  ReadThrough& reads_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  SegmentOpener opener_;
  WorkQueue looks_;
  WorkQueue fetches_;
};

}  // namespace locus::worker
