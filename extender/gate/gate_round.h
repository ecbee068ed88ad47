// Which gates to open and which refused pods to wake: the gatekeeper's rules and memory. Pure bookkeeping.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/clock.h"
#include "extender/cluster/cluster_view.h"
#include "extender/gate/gate_action.h"
#include "extender/gate/planner.h"
#include "extender/gate/wait_rule.h"

namespace locus::extender {

struct GateLimits {
  WaitLimits waits;
  // Pods that are planned for in one round; further groups have their turn in the next one.
  size_t max_planned = 2000;
};

// One round is: Begin, what is Due, then for each NextGroup its plan and what follows from it. What is due by the clock
// alone comes first and again before each write, so that no amount of planning makes a pod wait beyond its bound.
// Between rounds it remembers what was done and when to try again, for the pods that are still without a node. It loses
// nothing when it is made anew, but for that: deadlines come from the pods.
//
// Times are handed in and never go back. Not thread-safe.
class GateRound {
 public:
  explicit GateRound(GateLimits limits) : limits_(limits) {}

  // `pods`: all without a node, oldest first.
  void Begin(std::vector<PendingPod> pods, SteadyTime now, WallTime wall);
  // What must not wait any longer; each is returned once a round.
  std::vector<GateAction> Due(SteadyTime now);
  struct Ask {
    GroupKey group;
    // Valid until the next Begin.
    std::vector<Waiter> pods;
  };
  // The group that has not been planned for longest; empty: enough for this round.
  std::optional<Ask> NextGroup();
  std::vector<GateAction> Planned(const Ask& ask, const GroupPlan& plan, SteadyTime now);
  // False: the clock was faster, and the pod has been acted for.
  bool StillWanted(const GateAction& action) const;
  // How the writing of `action` went.
  void Done(const GateAction& action, const absl::Status& status, SteadyTime now);

  // While others led, what was planned has become old.
  void ForgetPlans();

  // When something is due next by the clock alone; empty: nothing is known of.
  std::optional<SteadyTime> NextDue() const;
  // As of the last Begin.
  size_t gated() const { return gated_; }
  size_t waiting() const { return waiting_; }

 private:
  struct PodState {
    SteadyTime since;
    OwnedAnnotations annotations;
    Wishes wishes;
    WaitTimes times;
    // Since when the group's plans do not know its inputs.
    std::optional<SteadyTime> unknown_since;
    bool told_waiting = false;
    // When a write came through; the watch may take a while to show it.
    std::optional<SteadyTime> opened;
    bool deadline_woken = false;
    // Since we know it without its gate.
    std::optional<SteadyTime> ungated;
    std::optional<SteadyTime> last_wake;
    SteadyTime wake_from;
    Duration wake_pause{0};
    // After a write that failed.
    SteadyTime retry_from;
    Duration retry_pause{0};
    uint64_t successes_then = 0;
    // The round that has seen it.
    uint64_t round = 0;
  };
  // What a pod is to the gate.
  enum class Role { kNone, kGated, kRefused };
  struct Member {
    size_t pod = 0;
    PodState* state = nullptr;
    Role role = Role::kNone;
  };
  PodState& StateOf(const PendingPod& pod, SteadyTime now, WallTime wall);
  Role RoleOf(const PendingPod& pod, const PodState& state, SteadyTime now) const;
  void AddToGroups(std::unordered_map<std::string_view, size_t>& index, const Member& member);
  // When it is due by the clock alone, if ever.
  std::optional<SteadyTime> DueOf(const PodState& state, Role role) const;
  // When it waits no more for anybody to know its inputs. Counted from the first plan that did not: a leader that has
  // just begun knows nothing yet, and must not open for that what has waited long under another one.
  SteadyTime UnknownUntil(const PodState& state) const;
  // It has been acted for, and the watch need not have shown it yet.
  static bool IsDone(const PodState& state, Role role, SteadyTime now);
  GateAction DueAction(const Member& member, SteadyTime now) const;
  GateAction ActionFor(const Member& member, GateAction::Kind kind, SteadyTime now) const;
  GateAction Open(const Member& member, OpenReason reason, SteadyTime now) const;
  std::optional<GateAction> OfGated(const Member& member, PlanStatus status, const std::optional<std::string>& node,
                                    SteadyTime now);
  std::optional<GateAction> OfRefused(const Member& member, PlanStatus status, const std::optional<std::string>& node,
                                      SteadyTime now);
  std::optional<GateAction> TellWaiting(const Member& member, SteadyTime now) const;

  const GateLimits limits_;
  uint64_t round_ = 0;
  SteadyTime now_;
  WallTime wall_;
  uint64_t successes_ = 0;
  std::unordered_map<std::string, PodState> states_;
  // By group, the round in which it was planned last.
  std::unordered_map<GroupKey, uint64_t> planned_in_;

  // Of this round.
  std::vector<PendingPod> pods_;
  std::vector<Member> members_;
  // Due by the clock, soonest first, from `next_due_` on; indices of members_.
  std::vector<std::pair<SteadyTime, size_t>> agenda_;
  size_t next_due_ = 0;
  // In the order of planning, from `next_group_` on.
  std::vector<std::pair<GroupKey, std::vector<Member>>> groups_;
  size_t next_group_ = 0;
  // Those of the group that was asked for last.
  std::vector<Member> asked_;
  size_t budget_ = 0;
  size_t gated_ = 0;
  size_t waiting_ = 0;
};

// Whether an error is the API server's rather than one pod's: then the next pod would fare no better.
bool IsServerTrouble(const absl::Status& status);

}  // namespace locus::extender
