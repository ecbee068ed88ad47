#include "extender/gate/wait_rule.h"

#include <algorithm>

namespace locus::extender {
namespace {

constexpr std::string_view kDeadline = "deadline-";
// Older pods have waited for longer than any bound: their age does not matter, and must not overflow.
constexpr Duration kOldest = std::chrono::hours(24 * 365);

}  // namespace

Duration WaitOf(const Wishes& wishes, const WaitLimits& limits) {
  return std::clamp(wishes.max_wait.value_or(limits.default_wait), Duration::zero(), limits.max_wait);
}

SteadyTime SinceCreation(WallTime created, SteadyTime now, WallTime wall) {
  if (created >= wall) return now;
  if (created < wall - std::chrono::duration_cast<WallTime::duration>(kOldest)) return now - kOldest;
  return now - (wall - created);
}

WaitTimes TimesOf(const Wishes& wishes, SteadyTime since, const WaitLimits& limits) {
  WaitTimes times;
  times.unknown_until = since + limits.unknown_wait;
  switch (wishes.policy) {
    case Policy::kPrefer: times.deadline = times.unknown_until; break;
    case Policy::kWait: times.deadline = since + WaitOf(wishes, limits); break;
    case Policy::kRequire: break;
  }
  if (times.deadline) times.unknown_until = std::min(times.unknown_until, *times.deadline);
  return times;
}

std::string DeadlineWord(WallTime created, Duration wait) {
  const auto end = std::chrono::floor<std::chrono::milliseconds>(created.time_since_epoch()) + ToMillis(wait);
  return std::string(kDeadline) + std::to_string(end.count());
}

bool IsDeadlineWord(std::string_view wake) { return wake.starts_with(kDeadline); }

AnnotationTexts TextsOf(const std::array<std::optional<std::string>, kAnnotations>& annotations) {
  AnnotationTexts texts;
  for (size_t i = 0; i < kAnnotations; ++i) {
    if (annotations[i]) texts[i] = *annotations[i];
  }
  return texts;
}

}  // namespace locus::extender
