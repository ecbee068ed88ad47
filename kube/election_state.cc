#include "kube/election_state.h"

#include <algorithm>
#include <utility>

namespace locus::kube {
namespace {

// Others' records are believed for at most this long, so that a slip of the pen does not leave all without a leader.
constexpr Duration kLongestTerm = std::chrono::minutes(5);
constexpr Duration kLongestRetry = std::chrono::milliseconds(500);

Duration WholeSeconds(Duration d) { return std::chrono::ceil<std::chrono::seconds>(d); }

// The API keeps microseconds.
WallTime Microseconds(WallTime time) { return std::chrono::floor<std::chrono::microseconds>(time); }

bool SameRecord(const Lease& a, const Lease& b) {
  return a.holder == b.holder && a.duration == b.duration && a.acquired == b.acquired && a.renewed == b.renewed &&
         a.transitions == b.transitions;
}

bool SameWrite(const std::optional<Lease>& ours, const Lease& lease) {
  return ours && ours->holder == lease.holder && ours->acquired == lease.acquired && ours->renewed == lease.renewed;
}

// Between half and all of it.
Duration Spread(Duration full, double jitter) {
  return full / 2 + std::chrono::duration_cast<Duration>(full / 2 * jitter);
}

ElectionOptions Rounded(ElectionOptions options) {
  options.duration = WholeSeconds(std::max(options.duration, Duration(1)));
  return options;
}

}  // namespace

ElectionState::ElectionState(ElectionOptions options) : options_(Rounded(std::move(options))) {}

Duration ElectionState::retry() const { return std::min(period() / 4, kLongestRetry); }

bool ElectionState::IsOurs(const Lease& lease) const {
  return lease.holder == options_.identity && (SameWrite(written_, lease) || SameWrite(attempt_, lease));
}

Duration ElectionState::TermOfObserved() const {
  if (observed_->duration <= Duration::zero()) return options_.duration;
  return std::min(observed_->duration, std::max(kLongestTerm, options_.duration));
}

bool ElectionState::Abandoned(SteadyTime now) const {
  return !observed_ || observed_->holder.empty() || now - observed_at_ >= TermOfObserved();
}

void ElectionState::ReadAfter(SteadyTime due) {
  writes_next_ = false;
  due_ = due;
}

ElectionState::Step ElectionState::Next(SteadyTime now, WallTime wall) {
  Step step;
  if (now < due_) {
    step.wait = due_ - now;
    return step;
  }
  if (!writes_next_) {
    step.kind = Step::Kind::kRead;
    return step;
  }
  Lease& lease = step.lease;
  step.kind = Step::Kind::kWrite;
  lease.holder = options_.identity;
  lease.duration = options_.duration;
  lease.renewed = Microseconds(wall);
  lease.acquired = lease.renewed;
  if (observed_) {
    const bool ours = IsOurs(*observed_);
    if (ours) lease.acquired = observed_->acquired;
    // A new object counts from 0.
    if (!missing_) lease.transitions = observed_->transitions + (ours ? 0 : 1);
    if (!missing_) lease.resource_version = observed_->resource_version;
  }
  attempt_ = lease;
  return step;
}

void ElectionState::ReadDone(const absl::StatusOr<Lease>& result, SteadyTime now, double jitter) {
  if (!result.ok() && !absl::IsNotFound(result.status())) {
    ReadAfter(now + Spread(retry(), jitter));
    return;
  }
  missing_ = !result.ok();
  if (!missing_) {
    if (!observed_ || !SameRecord(*observed_, *result)) observed_at_ = now;
    observed_ = *result;
  }
  const bool ours = observed_ && IsOurs(*observed_);
  if (ours) written_ = observed_;
  if (!ours) leading_until_.reset();
  if (ours || Abandoned(now)) {
    writes_next_ = true;
    due_ = now;
    return;
  }
  ReadAfter(std::min(now + Spread(period(), jitter), observed_at_ + TermOfObserved()));
}

void ElectionState::WriteDone(const absl::StatusOr<Lease>& result, SteadyTime asked, SteadyTime now, double jitter) {
  if (result.ok()) {
    observed_ = *result;
    observed_at_ = now;
    missing_ = false;
    written_ = *result;
    leading_until_ = asked + options_.duration * 2 / 3;
    due_ = asked + period();
    return;
  }
  // Somebody else wrote or deleted it: look at once, but not in circles where many candidates want an abandoned record.
  const bool beaten = absl::IsAborted(result.status()) || absl::IsNotFound(result.status());
  ReadAfter(beaten && Leading(now) ? now : now + Spread(retry(), jitter));
}

std::optional<Lease> ElectionState::Release(WallTime wall) const {
  if (!observed_ || missing_ || !IsOurs(*observed_)) return std::nullopt;
  Lease lease = *observed_;
  lease.holder.clear();
  // The API refuses 0.
  lease.duration = std::chrono::seconds(1);
  lease.acquired = lease.renewed = Microseconds(wall);
  return lease;
}

bool ElectionState::SomebodyLeads(SteadyTime now) const {
  if (Leading(now)) return true;
  return observed_ && !IsOurs(*observed_) && !Abandoned(now);
}

}  // namespace locus::kube
