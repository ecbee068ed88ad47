// GET /v1/inputs: where the inputs lie that pods have asked for lately. docs/web-page.md.
#pragma once

#include <optional>
#include <string>

#include "common/clock.h"
#include "common/mutex.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

// What one page shows at most: those of which most is cached, and the nodes that hold most of these.
inline constexpr size_t kShownInputs = 50;
inline constexpr size_t kShownNodes = 200;

// Members are only added. Inputs and nodes are by name, so that what people look at stays in its place while caches
// fill.
std::string InputsJson(const FollowedInputs& followed, WallTime now);

// However many people look, all inputs are walked once a second: kube-scheduler's calls wait meanwhile. Thread-safe.
class InputsPage {
 public:
  // Both must outlive it.
  InputsPage(const LocalityView& locality, const Clock& clock) : locality_(locality), clock_(clock) {}

  std::string Json();

 private:
  const LocalityView& locality_;
  const Clock& clock_;
  Mutex mutex_;
  std::string json_ GUARDED_BY(mutex_);
  std::optional<SteadyTime> made_ GUARDED_BY(mutex_);
};

}  // namespace locus::extender
