// Keeps the catalog up to date with what an Alluxio master says.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "alluxio_meta/alluxio/master.h"
#include "alluxio_meta/catalog/catalog.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

struct MirrorOptions {
  // Of `alluxio` in proto/config/v1/meta.proto.
  Duration worker_refresh = std::chrono::seconds(1);
  Duration mount_refresh = std::chrono::seconds(30);
  // Listings at once; InterestOptions::max_at_worker is how many the catalog asks for.
  size_t listers = 4;
};

// Thread-safe. One thread asks for workers and mounts, `listers` threads answer the catalog's questions about paths.
// What is passed by reference must outlive the mirror. The order of a stop: Mirror::Stop stops the master too.
class Mirror {
 public:
  Mirror(Master& master, Catalog& catalog, MirrorOptions options, const Clock& clock);
  // Stops.
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  void Start();
  // Prompt, also in the middle of a call. Idempotent.
  void Stop();

 private:
  class Questions;

  void WatchWorkers();
  void AnswerQuestions();
  // Waits, unless it is to stop. Whether to go on.
  bool Pause(Duration pause);

  Master& master_;
  Catalog& catalog_;
  const MirrorOptions options_;
  const Clock& clock_;
  const std::shared_ptr<Questions> questions_;
  std::vector<std::thread> threads_;
  Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::meta
