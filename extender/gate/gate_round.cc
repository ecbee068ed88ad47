#include "extender/gate/gate_round.h"

#include <algorithm>

namespace locus::extender {
namespace {

// What came through is in the store: only a store that went back in time needs it again.
constexpr Duration kConfirm = std::chrono::minutes(1);
// The scheduler looks at a new pod by itself: waking it meanwhile would cost a write and help nobody.
constexpr Duration kSettle = std::chrono::seconds(2);
// One that was planned has a place waiting for it; after this time it counts as refused like others.
constexpr Duration kPlannedGrace = std::chrono::seconds(10);
// Of one pod; each wake is a write and a filter call.
constexpr Duration kWakeInterval = std::chrono::seconds(1);
// Woken in vain, for a reason that we do not see: again, but ever less often.
constexpr Duration kFirstWakePause = std::chrono::seconds(2);
constexpr Duration kLastWakePause = std::chrono::seconds(64);
// After a failed write: short while the server is in trouble, as all is to be made good at once when it is back;
// growing when it is this pod alone that cannot be written.
constexpr Duration kServerPause = std::chrono::milliseconds(250);
constexpr Duration kFirstPodPause = std::chrono::milliseconds(500);
constexpr Duration kLastPodPause = std::chrono::seconds(30);

bool WaitsThoughNothingIsCached(const Wishes& wishes) {
  return wishes.policy == Policy::kRequire && wishes.when_uncached == WhenUncached::kPend;
}

}  // namespace

bool IsServerTrouble(const absl::Status& status) {
  return !status.ok() && !absl::IsNotFound(status) && !absl::IsAborted(status) && !absl::IsInvalidArgument(status);
}

GateRound::PodState& GateRound::StateOf(const PendingPod& pod, SteadyTime now, WallTime wall) {
  const auto [found, fresh] = states_.try_emplace(pod.uid);
  PodState& state = found->second;
  if (fresh) state.since = SinceCreation(pod.created, now, wall);
  if (fresh || state.annotations != pod.annotations) {
    state.annotations = pod.annotations;
    state.wishes = ParseAnnotations(TextsOf(pod.annotations));
    state.times = TimesOf(state.wishes, state.since, limits_.waits);
  }
  if (!pod.gated && !state.ungated) {
    state.ungated = now;
    state.wake_from = (fresh ? state.since : now) + kSettle;
  }
  state.round = round_;
  return state;
}

GateRound::Role GateRound::RoleOf(const PendingPod& pod, const PodState& state, SteadyTime now) const {
  const Wishes& wishes = state.wishes;
  if (pod.gated) return IsDone(state, Role::kGated, now) ? Role::kNone : Role::kGated;
  // Without inputs it is not ours, and never refused.
  if (wishes.inputs.empty()) return Role::kNone;
  const bool planned = !pod.planned_node.empty();
  switch (wishes.policy) {
    case Policy::kPrefer: return Role::kNone;
    case Policy::kWait: {
      const bool over = state.deadline_woken || IsDeadlineWord(pod.wake);
      const bool waits = WaitOf(wishes, limits_.waits) > Duration::zero();
      return waits && !over && !planned ? Role::kRefused : Role::kNone;
    }
    case Policy::kRequire: return planned && now < *state.ungated + kPlannedGrace ? Role::kNone : Role::kRefused;
  }
  return Role::kNone;
}

std::optional<SteadyTime> GateRound::DueOf(const PodState& state, Role role) const {
  std::optional<SteadyTime> due = state.times.deadline;
  if (role == Role::kGated) {
    if (state.unknown_since) due = UnknownUntil(state);
    if (state.wishes.inputs.empty()) due = state.since;
  }
  if (due) due = std::max(*due, state.retry_from);
  return due;
}

SteadyTime GateRound::UnknownUntil(const PodState& state) const {
  SteadyTime until = state.times.unknown_until;
  if (state.unknown_since) until = std::max(until, *state.unknown_since + limits_.waits.unknown_wait);
  return state.times.deadline ? std::min(until, *state.times.deadline) : until;
}

void GateRound::AddToGroups(std::unordered_map<std::string_view, size_t>& index, const Member& member) {
  const GroupKey& key = pods_[member.pod].group;
  const auto [found, fresh] = index.try_emplace(key, groups_.size());
  if (fresh) groups_.push_back({key, {}});
  groups_[found->second].second.push_back(member);
}

void GateRound::Begin(std::vector<PendingPod> pods, SteadyTime now, WallTime wall) {
  ++round_;
  now_ = now;
  wall_ = wall;
  pods_ = std::move(pods);
  members_.clear();
  agenda_.clear();
  groups_.clear();
  asked_.clear();
  next_due_ = next_group_ = gated_ = waiting_ = 0;
  budget_ = limits_.max_planned;
  std::unordered_map<std::string_view, size_t> index;
  for (size_t i = 0; i < pods_.size(); ++i) {
    PodState& state = StateOf(pods_[i], now, wall);
    const Role role = RoleOf(pods_[i], state, now);
    if (role == Role::kNone) continue;
    ++(role == Role::kGated ? gated_ : waiting_);
    const Member& member = members_.emplace_back(Member{i, &state, role});
    if (const auto due = DueOf(state, role)) agenda_.emplace_back(*due, members_.size() - 1);
    if (!state.wishes.inputs.empty()) AddToGroups(index, member);
  }
  std::stable_sort(agenda_.begin(), agenda_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::erase_if(states_, [&](const auto& entry) { return entry.second.round != round_; });
  std::erase_if(planned_in_, [&](const auto& entry) { return index.count(entry.first) == 0; });
  // Oldest first where the turn is the same.
  std::stable_sort(groups_.begin(), groups_.end(), [this](const auto& a, const auto& b) {
    const auto turn = [this](const GroupKey& key) {
      const auto found = planned_in_.find(key);
      return found == planned_in_.end() ? 0 : found->second;
    };
    return turn(a.first) < turn(b.first);
  });
}

bool GateRound::IsDone(const PodState& state, Role role, SteadyTime now) {
  if (role == Role::kGated) return state.opened && now < *state.opened + kConfirm;
  return state.deadline_woken;
}

std::vector<GateAction> GateRound::Due(SteadyTime now) {
  std::vector<GateAction> actions;
  for (; next_due_ < agenda_.size() && agenda_[next_due_].first <= now; ++next_due_) {
    const Member& member = members_[agenda_[next_due_].second];
    if (IsDone(*member.state, member.role, now) || now < member.state->retry_from) continue;
    actions.push_back(DueAction(member, now));
  }
  return actions;
}

GateAction GateRound::DueAction(const Member& member, SteadyTime now) const {
  const PodState& state = *member.state;
  const std::string word = DeadlineWord(pods_[member.pod].created, WaitOf(state.wishes, limits_.waits));
  if (member.role == Role::kRefused) {
    GateAction action = ActionFor(member, GateAction::Kind::kWake, now);
    action.woken = WakeReason::kDeadline;
    action.wake = word;
    return action;
  }
  if (state.wishes.inputs.empty()) return Open(member, OpenReason::kNothingToWaitFor, now);
  const bool over = state.wishes.policy == Policy::kWait && now >= *state.times.deadline;
  GateAction action = Open(member, over ? OpenReason::kDeadline : OpenReason::kUnknown, now);
  // Told with the same write, or the filter might begin to refuse it where another machine's clock is behind.
  if (over) action.wake = word;
  return action;
}

GateAction GateRound::ActionFor(const Member& member, GateAction::Kind kind, SteadyTime now) const {
  const PendingPod& pod = pods_[member.pod];
  GateAction action;
  action.kind = kind;
  action.space = pod.space;
  action.name = pod.name;
  action.uid = pod.uid;
  action.group = pod.group;
  action.waited = now - member.state->since;
  return action;
}

GateAction GateRound::Open(const Member& member, OpenReason reason, SteadyTime now) const {
  GateAction action = ActionFor(member, GateAction::Kind::kOpen, now);
  action.opened = reason;
  return action;
}

std::optional<GateRound::Ask> GateRound::NextGroup() {
  const bool first = budget_ == limits_.max_planned;
  for (; next_group_ < groups_.size(); ++next_group_) {
    const auto& [key, members] = groups_[next_group_];
    Ask ask;
    asked_.clear();
    for (const Member& member : members) {
      // What the clock has opened in this round needs no node.
      if (!IsDone(*member.state, member.role, now_)) asked_.push_back(member);
    }
    if (asked_.empty()) continue;
    // A group that is larger than a round may take is planned in part, the oldest first.
    if (budget_ == 0 || (!first && asked_.size() > budget_)) return std::nullopt;
    asked_.resize(std::min(asked_.size(), budget_));
    budget_ -= asked_.size();
    planned_in_[key] = round_;
    ask.group = key;
    for (const Member& member : asked_) ask.pods.push_back({&pods_[member.pod], &member.state->wishes});
    ++next_group_;
    return ask;
  }
  return std::nullopt;
}

std::vector<GateAction> GateRound::Planned(const Ask& ask, const GroupPlan& plan, SteadyTime now) {
  std::vector<GateAction> actions;
  const std::optional<std::string> none;
  for (size_t i = 0; i < std::min(asked_.size(), ask.pods.size()); ++i) {
    const Member& member = asked_[i];
    const auto& node = i < plan.nodes.size() ? plan.nodes[i] : none;
    const PlanStatus status = i < plan.each.size() ? plan.each[i] : plan.status;
    std::optional<SteadyTime>& unknown_since = member.state->unknown_since;
    if (status != PlanStatus::kUnknown) {
      unknown_since.reset();
    } else if (!unknown_since) {
      unknown_since = now;
    }
    std::optional<GateAction> action =
        member.role == Role::kGated ? OfGated(member, status, node, now) : OfRefused(member, status, node, now);
    if (action) actions.push_back(*std::move(action));
  }
  return actions;
}

std::optional<GateAction> GateRound::OfGated(const Member& member, PlanStatus status,
                                             const std::optional<std::string>& node, SteadyTime now) {
  const PodState& state = *member.state;
  if (IsDone(state, member.role, now) || now < state.retry_from) return std::nullopt;
  switch (status) {
    case PlanStatus::kPlanned:
      if (node) {
        GateAction action = Open(member, OpenReason::kPlanned, now);
        action.node = *node;
        return action;
      }
      if (state.wishes.policy == Policy::kPrefer) return Open(member, OpenReason::kPrefer, now);
      return TellWaiting(member, now);
    case PlanStatus::kNothingToWaitFor:
      if (WaitsThoughNothingIsCached(state.wishes)) return TellWaiting(member, now);
      return Open(member, OpenReason::kNothingToWaitFor, now);
    case PlanStatus::kUnknown:
      if (now >= UnknownUntil(state)) return Open(member, OpenReason::kUnknown, now);
  }
  return std::nullopt;
}

std::optional<GateAction> GateRound::TellWaiting(const Member& member, SteadyTime now) const {
  PodState& state = *member.state;
  if (state.told_waiting) return std::nullopt;
  state.told_waiting = true;
  GateAction action = ActionFor(member, GateAction::Kind::kTellWaiting, now);
  if (state.times.deadline) action.bound = *state.times.deadline - state.since;
  return action;
}

std::optional<GateAction> GateRound::OfRefused(const Member& member, PlanStatus status,
                                               const std::optional<std::string>& node, SteadyTime now) {
  PodState& state = *member.state;
  std::optional<WakeReason> reason;
  if (status == PlanStatus::kPlanned && node) reason = WakeReason::kRoom;
  if (status == PlanStatus::kNothingToWaitFor && !WaitsThoughNothingIsCached(state.wishes)) {
    reason = WakeReason::kNothingToWaitFor;
  }
  if (status == PlanStatus::kUnknown && now >= UnknownUntil(state)) reason = WakeReason::kUnknown;
  if (!reason) {
    // When this changes, the pod is woken as soon as it may be.
    state.wake_from = state.last_wake ? *state.last_wake + kWakeInterval : now;
    state.wake_pause = Duration::zero();
    return std::nullopt;
  }
  if (IsDone(state, member.role, now) || now < state.wake_from || now < state.retry_from) return std::nullopt;
  GateAction action = ActionFor(member, GateAction::Kind::kWake, now);
  action.woken = *reason;
  const auto stamp = std::chrono::floor<std::chrono::milliseconds>(wall_.time_since_epoch()).count();
  action.wake = std::string(kWakeReasonWords[static_cast<size_t>(*reason)]) + "-" + std::to_string(stamp);
  return action;
}

bool GateRound::StillWanted(const GateAction& action) const {
  const auto found = states_.find(action.uid);
  if (found == states_.end()) return false;
  const Role role = action.kind == GateAction::Kind::kOpen ? Role::kGated : Role::kRefused;
  return !IsDone(found->second, role, now_);
}

void GateRound::ForgetPlans() {
  for (auto& [uid, state] : states_) state.unknown_since.reset();
  planned_in_.clear();
}

void GateRound::Done(const GateAction& action, const absl::Status& status, SteadyTime now) {
  const auto found = states_.find(action.uid);
  if (found == states_.end()) return;
  PodState& state = found->second;
  if (!status.ok()) {
    // Others could be written since it failed before: it is this pod's own trouble.
    const bool alone = state.retry_pause > Duration::zero() && successes_ != state.successes_then;
    const bool own = !IsServerTrouble(status) || alone;
    state.retry_pause = own ? std::clamp(state.retry_pause * 2, kFirstPodPause, kLastPodPause) : kServerPause;
    state.retry_from = now + state.retry_pause;
    state.successes_then = successes_;
    return;
  }
  ++successes_;
  state.retry_pause = Duration::zero();
  if (IsDeadlineWord(action.wake)) state.deadline_woken = true;
  if (action.kind == GateAction::Kind::kOpen) {
    state.opened = now;
  } else if (!state.deadline_woken) {
    state.last_wake = now;
    state.wake_pause = std::clamp(state.wake_pause * 2, kFirstWakePause, kLastWakePause);
    state.wake_from = now + state.wake_pause;
  }
}

std::optional<SteadyTime> GateRound::NextDue() const {
  std::optional<SteadyTime> next;
  for (const Member& member : members_) {
    if (IsDone(*member.state, member.role, now_)) continue;
    const auto due = DueOf(*member.state, member.role);
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

}  // namespace locus::extender
