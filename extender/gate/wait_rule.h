// How long a pod waits for its data. Pure; the gatekeeper and the filter use the same rule.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "extender/decision/annotations.h"

namespace locus::extender {

// Of the configuration's `gate`.
struct WaitLimits {
  // For policy wait without max-wait.
  Duration default_wait = std::chrono::seconds(30);
  // The longest wait that a pod may ask for.
  Duration max_wait = std::chrono::minutes(5);
  // For pods whose inputs are not known.
  Duration unknown_wait = std::chrono::seconds(2);
};

// How long a pod with policy wait waits at most, from its creation on.
Duration WaitOf(const Wishes& wishes, const WaitLimits& limits);

// The moment on our steady clock at which a pod was created. The API server's clock gives `created` in whole seconds,
// rounded down: waits may be up to a second shorter than asked for, and never longer. A creation that lies in our
// future counts as now: keep what was returned at the first look. Being computed from the pod alone, it is the same
// after a restart and at another leader.
SteadyTime SinceCreation(WallTime created, SteadyTime now, WallTime wall);

struct WaitTimes {
  // Then it waits no more, whatever is known. Empty: policy require, which waits for a holder as long as there may be
  // one.
  std::optional<SteadyTime> deadline;
  // Not before then is it let go because its inputs are not known. Never after the deadline.
  SteadyTime unknown_until;
};
WaitTimes TimesOf(const Wishes& wishes, SteadyTime since, const WaitLimits& limits);

// The value of annotation locus.dev/wake that tells that the wait is over: the same for the same pod and wait, so that
// it is written once, also over restarts. The filter never refuses a pod that carries one, whatever its own clock says.
std::string DeadlineWord(WallTime created, Duration wait);
bool IsDeadlineWord(std::string_view wake);

// As ParseAnnotations wants them.
AnnotationTexts TextsOf(const std::array<std::optional<std::string>, kAnnotations>& annotations);

}  // namespace locus::extender
