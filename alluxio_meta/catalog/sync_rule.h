// When a locus-meta that has just started knows enough to be asked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/clock.h"

namespace locus::meta {

// `readiness` of proto/config/v1/meta.proto.
struct SyncOptions {
  Duration settle = std::chrono::seconds(15);
  Duration at_most = std::chrono::minutes(2);
};

// What is known at a moment.
struct SyncFacts {
  // Why the Alluxio master was never heard; empty: it was, or there is none.
  std::string master_problem;
  // Its mount table; true where there is no master.
  bool mounts_told = true;
  // The API server's nodes, to which workers are matched; true where it is not asked.
  bool nodes_told = true;
  // Workers find us by themselves; without it only the master tells of them.
  bool takes_reports = true;
  size_t workers = 0;
  // Of these, the ones that have still to tell all that they hold.
  size_t untold = 0;
  // When the last one came that had told nothing before.
  std::optional<SteadyTime> newcomer;
  // Inputs of before the restart that nobody has listed yet.
  size_t unlisted = 0;
};

// Ready is about the start alone: once it is reached it stays, whoever goes later. All replicas lose a worker at the
// same time, and none of them would be left. Not thread-safe.
class SyncRule {
 public:
  // `began`: when workers could first come.
  SyncRule(SyncOptions options, SteadyTime began) : options_(options), began_(began) {}

  // Whether this look made it ready.
  bool Look(const SyncFacts& facts, SteadyTime now);

  bool ready() const { return ready_; }
  // What is waited for, in words. When ready: what was missing when the time was over; empty: nothing.
  const std::string& missing() const { return missing_; }
  Duration took() const { return took_; }

 private:
  const SyncOptions options_;
  const SteadyTime began_;
  bool ready_ = false;
  std::string missing_;
  Duration took_{0};
};

}  // namespace locus::meta
