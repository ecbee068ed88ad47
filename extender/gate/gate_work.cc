#include "extender/gate/gate_work.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/status.h"
#include "extender/gate/gate_patch.h"

namespace locus::extender {
namespace {

// Between attempts to write while the API server is in trouble: when it is back, waits that are over end at once.
constexpr Duration kFirstRetry = std::chrono::milliseconds(100);
constexpr Duration kLastRetry = std::chrono::milliseconds(300);
// After a plan of all groups the next one waits for four times as long as it took, but for this at most.
constexpr int kIdleShare = 4;
constexpr Duration kLongestRest = std::chrono::seconds(2);
constexpr Duration kShortest = std::chrono::milliseconds(1);

}  // namespace

GateWork::GateWork(GateWorld world, GateLimits limits, uint64_t seed)
    : world_(std::move(world)), round_(limits), backoff_(kFirstRetry, kLastRetry, seed) {
  world_.metrics.Leads(false);
}

Duration GateWork::Round() {
  if (!world_.leading() || !world_.cluster.Synced()) {
    NoLead();
    return kPoll;
  }
  const SteadyTime begin = world_.clock.Now();
  if (begin < paused_until_) return std::min<Duration>(paused_until_ - begin, kPoll);
  if (!std::exchange(led_, true)) world_.metrics.Leads(true);
  round_.Begin(world_.cluster.Pending(kMaxPending), begin, world_.clock.WallNow());
  world_.metrics.Pods(round_.gated(), round_.waiting());
  if (Act(round_.Due(begin))) PlanGroups();

  const SteadyTime end = world_.clock.Now();
  if (end < paused_until_) return std::min<Duration>(paused_until_ - end, kPoll);
  const std::optional<SteadyTime> due = round_.NextDue();
  return due ? std::clamp<Duration>(*due - end, kShortest, kPoll) : kPoll;
}

void GateWork::NoLead() {
  if (!std::exchange(led_, false)) return;
  world_.metrics.Leads(false);
  round_.ForgetPlans();
  backoff_.Reset();
}

bool GateWork::PlanGroups() {
  const SteadyTime begin = world_.clock.Now();
  if (begin < plan_from_) return true;
  Duration planning{0};
  bool whole = true;
  while (whole) {
    const std::optional<GateRound::Ask> ask = round_.NextGroup();
    if (!ask) break;
    const SteadyTime asked = world_.clock.Now();
    const GroupPlan plan = world_.planner.Plan(ask->group, ask->pods);
    const SteadyTime planned = world_.clock.Now();
    planning += planned - asked;
    // Written before the next group is planned: that one must see the room taken.
    whole = Act(round_.Planned(*ask, plan, planned));
  }
  plan_from_ = world_.clock.Now() + std::min(planning * kIdleShare, kLongestRest);
  return whole;
}

bool GateWork::Act(const std::vector<GateAction>& actions) {
  for (const GateAction& action : actions) {
    for (const GateAction& due : round_.Due(world_.clock.Now())) {
      if (!Write(due)) return false;
    }
    if (action.kind == GateAction::Kind::kTellWaiting) {
      if (world_.tell) world_.tell(action);
    } else if (round_.StillWanted(action) && !Write(action)) {
      return false;
    }
  }
  return true;
}

bool GateWork::Write(const GateAction& action) {
  if (!world_.leading()) return false;
  const absl::Status status = world_.writer.PatchPod(action.space, action.name, PatchOf(action));
  const SteadyTime now = world_.clock.Now();
  round_.Done(action, status, now);
  if (status.ok()) {
    world_.metrics.Wrote(action);
    if (!action.node.empty()) {
      world_.cluster.Assume({action.space, action.name, action.uid}, action.group, action.node);
    }
    backoff_.Reset();
    if (std::exchange(in_trouble_, false)) LogInfo("pods can be written again");
    return true;
  }
  world_.metrics.Failed(status);
  if (!IsServerTrouble(status)) {
    LogDebug("a pod was gone or changed before it was written",
             {{"namespace", action.space}, {"pod", action.name}, {"reason", MessageOf(status)}});
    return true;
  }
  // An outage is told once, not at each attempt.
  if (!std::exchange(in_trouble_, true)) {
    LogWarning("cannot write to pods: gates stay closed until it works again; see the role of locus-extender",
               {{"namespace", action.space}, {"pod", action.name}, {"reason", MessageOf(status)}});
  }
  paused_until_ = now + backoff_.Next();
  return false;
}

}  // namespace locus::extender
