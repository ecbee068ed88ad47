// Warm-up: where pods were placed away from their inputs, the workers of their nodes are asked to load them, so that
// the next pods of these inputs find them there. Nothing of it is on the way of a filter or prioritize call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "extender/cluster/cluster_view.h"
#include "extender/locality/locality_view.h"
#include "extender/warm_up/load_calls.h"
#include "extender/warm_up/load_queue.h"
#include "extender/warm_up/warm_up_book.h"
#include "extender/warm_up/warm_up_metrics.h"
#include "extender/warm_up/warm_up_plan.h"
#include "extender/warm_up/worker_directory.h"

namespace locus::extender {

struct WarmUpOptions {
  // Of config.v1.Extender.WarmUp.
  double below = 0.5;
  Duration settle = std::chrono::seconds(5);
  uint64_t bytes_per_second = 0;
  uint64_t max_bytes = 0;
  size_t max_loads = 8;
  // Older news is not used.
  Duration max_age = std::chrono::seconds(10);
  // Groups known at once, some 200 bytes each; and those whose loads are under way or waiting.
  size_t max_groups = 10'000;
  size_t max_jobs = 256;
};

// Thread-safe. Each extender follows all groups; only the leader loads. A group is loaded for once: what a successor
// leader finds settled for longer than WarmUpBook::kPatience it leaves alone, and so does every extender with groups
// that were placed before it started. A load that fails is not tried again.
class WarmUp {
 public:
  // What is passed must outlive it, but for what it owns.
  struct Parts {
    const ClusterView& cluster;
    LocalityView& locality;
    std::unique_ptr<WorkerDirectory> directory;
    std::unique_ptr<LoadCalls> calls;
    // Called from its threads: answered from memory.
    std::function<bool()> leading;
    const Clock& clock;
    const WarmUpMetrics& metrics;
  };
  WarmUp(Parts parts, WarmUpOptions options);
  // Stops.
  ~WarmUp();
  WarmUp(const WarmUp&) = delete;
  WarmUp& operator=(const WarmUp&) = delete;

  // Starts a thread that judges and one for each load at once. Once.
  void Start();
  // Ends loads under way, and the threads; within the bound of a call of the directory. A further one does nothing.
  void Stop();

  // A pod was bound. Never blocks.
  void Placed(const ClusterView::Bound& bound);

  // ---- What the threads do; tests that do not start them call these.

  // Judges the groups that are due, and drops those whose pods are gone.
  void Round();
  // Runs the next load that may begin, to its end. False: none may begin now.
  bool LoadNext();

 private:
  // What is asked at most once a round.
  class Known;

  void Run();
  void RunLoads();
  void ForgetGone();
  void Judge(const PlacedGroup& group, Known& known);
  void Close(const GroupKey& group, WarmUpOutcome outcome);
  // Tried again later, or closed as unknown.
  void Postpone(const GroupKey& group, std::string_view why);
  void Load(const GroupKey& group, WarmUpPlan plan, double local);
  void Report(const LoadStep& step, const absl::Status& status, const LoadFigures& figures, bool first_failure);

  const Parts parts_;
  const WarmUpOptions options_;

  Mutex mutex_;
  CondVar changed_;
  WarmUpBook book_ GUARDED_BY(mutex_);
  LoadQueue queue_ GUARDED_BY(mutex_);
  // Grows with each change of what may be loaded.
  uint64_t changes_ GUARDED_BY(mutex_) = 0;
  bool told_full_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
  std::vector<std::thread> loaders_;
};

}  // namespace locus::extender
