// Whether this locus-meta is to be asked: /readyz, the health service of gRPC, two metrics and a line in the log.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/catalog/sync_rule.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe.
class Readiness {
 public:
  // `nodes_told`: SyncFacts::nodes_told. All must outlive it, and it must outlive the last Render of `metrics`.
  Readiness(SyncOptions options, Catalog& catalog, std::function<bool()> nodes_told, const Clock& clock,
            Metrics& metrics);
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // The ports are open: time counts from here on. `on_ready` is called once, by Look, and never after End.
  void Begin(std::function<void()> on_ready);
  // From now on it is not ready.
  void End();
  // To be called often; looks a few times a second between the two, until it is ready.
  void Look();

  // For /readyz: what it waits for; empty when it is ready.
  std::string WhyNot() const;
  // For /readyz: what it is ready without, if anything, and a line of somebody else.
  std::string Remark(const std::string& other) const;

 private:
  // What it is ready without; empty: nothing.
  std::string Without() const;

  const SyncOptions options_;
  Catalog& catalog_;
  const std::function<bool()> nodes_told_;
  const Clock& clock_;
  mutable Mutex mutex_;
  // Absent before Begin.
  std::optional<SyncRule> rule_ GUARDED_BY(mutex_);
  std::function<void()> on_ready_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
  SteadyTime next_look_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
