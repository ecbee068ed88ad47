// Tells on the pods themselves what was decided about them, without ever holding up a decision.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "extender/cluster/cluster_view.h"
#include "extender/explain/event_words.h"
#include "extender/explain/recent_keys.h"
#include "extender/explain/token_bucket.h"
#include "kube/writer.h"

namespace locus::extender {

struct EventRecorderOptions {
  // Written in a second, at most; a burst is what a second allows.
  double events_per_second = 20;
  // Waiting to be written; with the longest notes two megabytes. Further ones are dropped and counted.
  size_t max_queued = 1000;
  // Pairs of pod and reason that are not told again; 100 bytes each.
  size_t remembered = 20'000;
  // While the API server is away an event is kept for this long.
  Duration keep_for = std::chrono::minutes(1);
  // Stop writes what is queued for this long.
  Duration stop_within = std::chrono::milliseconds(500);
  // Who tells it: a name like a domain's, and which instance of it.
  std::string controller = "locus.dev/extender";
  std::string instance;
  uint64_t seed = 0;
};

// Thread-safe.
class EventRecorder {
 public:
  // `clock` and `metrics` must outlive it.
  EventRecorder(std::unique_ptr<kube::Writer> writer, EventRecorderOptions options, const Clock& clock,
                Metrics& metrics);
  // Stops.
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  // Once.
  void Start();
  // Ends within stop_within and a moment; what is not written by then is dropped. A further one does nothing.
  void Stop();

  // Never blocks. Each kind is told once of each pod, unless it was dropped, or that many others were told since.
  // `note` is for people; it is cut at 1024 bytes, and should be the same for the same cause.
  void Record(PodEventKind kind, const PodRef& pod, std::string note);

 private:
  struct Queued {
    kube::PodEvent event;
    PodEventKind kind = PodEventKind::kPlaced;
    SteadyTime recorded;
  };
  enum class Drop { kQueueFull, kRefused, kServer, kStopped };

  void Run();
  // Waits for an event and for leave to write it; false: the end.
  bool Next(Queued* next);
  // False: the server is in trouble, and `queued` was put back or dropped.
  bool Write(Queued queued);
  void Count(Drop drop, size_t events) const;

  const std::unique_ptr<kube::Writer> writer_;
  const EventRecorderOptions options_;
  const Clock& clock_;
  // By PodEventKind, Drop.
  std::vector<Counter> written_;
  std::vector<Counter> dropped_;

  // Of the thread alone.
  TokenBucket bucket_;
  Backoff backoff_;
  bool refused_ = false;

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool done_ GUARDED_BY(mutex_) = false;
  std::deque<Queued> queue_ GUARDED_BY(mutex_);
  RecentKeys told_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace locus::extender
