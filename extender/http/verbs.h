// The two calls of kube-scheduler, from body to reply.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "extender/cluster/cluster_view.h"
#include "extender/decision/annotations.h"
#include "extender/decision/decide.h"
#include "extender/decision/holdings.h"
#include "extender/decision/score.h"
#include "extender/decision/sift.h"
#include "extender/explain/decision_listener.h"
#include "extender/explain/decision_ring.h"
#include "extender/gate/refusal_rule.h"
#include "extender/http/args_parser.h"
#include "extender/http/asked_pod.h"
#include "extender/http/call_metrics.h"
#include "extender/http/warned_inputs.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

struct VerbOptions {
  ScoringParameters scoring;
  SiftParameters sift;
  // How long one call may wait for an input that is seen for the first time.
  Duration budget = std::chrono::milliseconds(50);
  // Older news is not used.
  Duration max_age = std::chrono::seconds(10);
  // Nodes kept with each decision, best first.
  size_t explained_nodes = 32;
};

// What the verbs work with; all of it must outlive them.
struct VerbDependencies {
  LocalityView& locality;
  ClusterView& cluster;
  RefusalRule& refusals;
  DecisionRing& ring;
  DecisionListener& listener;
  const CallMetrics& metrics;
  const Clock& clock;
};

// Thread-safe; calls of different connections run side by side. All replies are bodies for status 200: no other status
// counts for the scheduler.
class Verbs {
 public:
  Verbs(VerbOptions options, VerbDependencies dependencies);
  ~Verbs();

  // ExtenderFilterResult. Passes every offered node, and never waits, for a pod whose policy is `prefer`. A body that
  // cannot be used is told in Error.
  std::string Filter(std::string_view body);

  // HostPriorityList. Empty whenever locality says nothing, for whatever reason; waits at most the budget.
  std::string Prioritize(std::string_view body);

 private:
  struct Workspace;
  class Lease;

  // What is known of the data and of the cluster for one pod.
  struct Situation {
    LocalityAnswer answer;
    Holdings holdings;
    Surroundings around;
    Verdict verdict;
  };
  // Fills `situation`, whose parts refer to each other, and what it says into `record`.
  void Judge(Call call, const ExtenderArgs& args, const AskedPod& asked, Situation& situation, DecisionRecord& record);
  std::string FilterStrictly(const ExtenderArgs& args, const AskedPod& asked, DecisionRecord& record);
  // Of a pod for which no node is good enough; kNone: it is refused all of them.
  Reason WhyNotRefused(const PodArgs& pod, const Wishes& wishes);
  void Assume(const ExtenderArgs& args, const AskedPod& asked, uint32_t offered);
  // Counts each, and warns of each kind once in a while: whoever sends one sends thousands.
  void CountBad(Call call, const BadRequest& bad);
  void WarnOfUnknown(const PodArgs& pod, const LocalityAnswer& answer);
  void Record(Call call, const ExtenderArgs& args, SteadyTime begin, DecisionRecord record);

  const VerbOptions options_;
  const VerbDependencies use_;
  WarnedInputs warned_inputs_;
  // By verb and reason, of which there are few.
  WarnedInputs warned_calls_;
  Mutex mutex_;
  // Not in use; as many as calls ran at once.
  std::vector<std::unique_ptr<Workspace>> workspaces_ GUARDED_BY(mutex_);
};

}  // namespace locus::extender
