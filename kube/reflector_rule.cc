#include "kube/reflector_rule.h"

#include <algorithm>

#include "kube/retry_after.h"

namespace locus::kube {

using Code = absl::StatusCode;

ReflectorRule::Step ReflectorRule::Retry(const absl::Status& status, bool list) {
  const Duration pause = backoff_.Next();
  return {list, std::max(pause, RetryAfterOf(status).value_or(Duration(0)))};
}

ReflectorRule::Step ReflectorRule::ListAgain(const absl::Status& status) {
  if (expired_) return Retry(status, true);
  expired_ = true;
  return {true, Duration(0)};
}

ReflectorRule::Step ReflectorRule::Listed(const absl::Status& status) {
  // No news yet: the watch that follows may find the list's version too old.
  if (status.ok()) return {false, Duration(0)};
  return status.code() == Code::kOutOfRange ? ListAgain(status) : Retry(status, true);
}

ReflectorRule::Step ReflectorRule::Watched(const absl::Status& status, const Watch& watch) {
  const bool whole = status.ok() && watch.lasted >= kShortest;
  if (watch.news || whole) {
    backoff_.Reset();
    expired_ = false;
  }
  const bool silent = status.code() == Code::kDeadlineExceeded && watch.opened && !watch.news;
  const bool again = silent && silent_;
  silent_ = silent && !again;
  switch (status.code()) {
    case Code::kOk: return watch.news || whole ? Step{false, Duration(0)} : Retry(status, false);
    case Code::kOutOfRange: return ListAgain(status);
    case Code::kDeadlineExceeded: return Retry(status, again);
    case Code::kInvalidArgument:
    case Code::kResourceExhausted: return Retry(status, true);
    default: return Retry(status, false);
  }
}

}  // namespace locus::kube
