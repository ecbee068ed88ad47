// Tries now and then whether the Alluxio worker takes connections.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "cache_worker/agent/serving_rule.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

// Tries once, for at most the given time (looking up a name may take the resolver longer).
using Connector = std::function<ProbeResult(Duration timeout)>;

// Connects to the first address of the host that takes the connection, and closes it at once.
Connector ConnectTo(std::string host, uint16_t port);

// Thread-safe.
class Probe {
 public:
  // `changed` is called from the probe's thread after each change of serving(). No attempt lasts longer than three
  // quarters of the interval.
  Probe(Connector connect, Duration interval, std::function<void()> changed)
      : connect_(std::move(connect)), interval_(interval), changed_(std::move(changed)) {}
  // Stops.
  ~Probe() { Stop(); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // Tries at once, then each interval.
  void Start();
  // Waits for an attempt in progress. Idempotent.
  void Stop();

  // Absent while it is not known.
  std::optional<bool> serving();
  uint64_t attempts() const { return attempts_; }
  uint64_t changes() const { return changes_; }

 private:
  void Run();

  const Connector connect_;
  const Duration interval_;
  const std::function<void()> changed_;
  std::thread thread_;
  std::atomic<uint64_t> attempts_{0};
  std::atomic<uint64_t> changes_{0};
  ServingRule rule_;  // of the thread
  Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::optional<bool> serving_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
