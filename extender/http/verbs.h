// The two calls of kube-scheduler, from body to reply.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "extender/decision/annotations.h"
#include "extender/decision/score.h"
#include "extender/explain/decision_ring.h"
#include "extender/http/args_parser.h"
#include "extender/http/call_metrics.h"
#include "extender/http/warned_inputs.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

struct VerbOptions {
  ScoringParameters scoring;
  // How long one call may wait for an input that is seen for the first time.
  Duration budget = std::chrono::milliseconds(50);
  // Older news is not used.
  Duration max_age = std::chrono::seconds(10);
  // Nodes kept with each decision, best first.
  size_t explained_nodes = 32;
};

// Thread-safe; calls of different connections run side by side. All replies are bodies for status 200: no other status
// counts for the scheduler.
class Verbs {
 public:
  // What is passed must outlive it.
  Verbs(VerbOptions options, LocalityView& locality, DecisionRing& ring, const CallMetrics& metrics,
        const Clock& clock);
  ~Verbs();

  // ExtenderFilterResult. Passes every offered node; never waits. A body that cannot be used is told in Error.
  std::string Filter(std::string_view body);

  // HostPriorityList. Empty whenever locality says nothing, for whatever reason; waits at most the budget.
  std::string Prioritize(std::string_view body);

 private:
  struct Workspace;
  class Lease;

  Wishes ReadWishes(const PodArgs& pod, std::vector<std::string>* warnings) const;
  void WarnOfUnknown(const PodArgs& pod, const LocalityAnswer& answer);
  void Record(Call call, const ExtenderArgs& args, SteadyTime begin, DecisionRecord record);

  const VerbOptions options_;
  LocalityView& locality_;
  DecisionRing& ring_;
  const CallMetrics& metrics_;
  const Clock& clock_;
  WarnedInputs warned_inputs_;
  Mutex mutex_;
  // Not in use; as many as calls ran at once.
  std::vector<std::unique_ptr<Workspace>> workspaces_ GUARDED_BY(mutex_);
};

}  // namespace locus::extender
