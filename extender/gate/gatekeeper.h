// The thread that opens gates and wakes refused pods, while this extender leads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "common/clock.h"
#include "common/mutex.h"
#include "extender/gate/gate_work.h"
#include "kube/writer.h"

namespace locus::extender {

// Thread-safe.
class Gatekeeper {
 public:
  // As GateWorld, but for the writer, which it owns.
  struct Parts {
    ClusterView& cluster;
    Planner& planner;
    std::unique_ptr<kube::Writer> writer;
    // Called from the thread, often: answered from memory.
    std::function<bool()> leading;
    std::function<void(const GateAction& waiting)> tell;
    const Clock& clock;
    const GateMetrics& metrics;
  };
  Gatekeeper(Parts parts, GateLimits limits, uint64_t seed);
  // Stops.
  ~Gatekeeper();
  Gatekeeper(const Gatekeeper&) = delete;
  Gatekeeper& operator=(const Gatekeeper&) = delete;

  // Once.
  void Start();
  // Ends a call under way, and the thread; a further one does nothing.
  void Stop();

  // Something has changed: pods, nodes, locality, or who leads. Cheap, never blocks; may come for each change.
  void Wake();

 private:
  void Run();

  const std::unique_ptr<kube::Writer> writer_;
  std::atomic<bool> stopped_{false};
  GateWork work_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool woken_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace locus::extender
