// What a reflector does next, and when: values only.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "common/backoff.h"
#include "common/clock.h"

namespace locus::kube {

// Not thread-safe.
class ReflectorRule {
 public:
  struct Step {
    // List from the start; else watch on from the version that was reached.
    bool list = true;
    Duration pause{0};
  };

  struct Watch {
    // The stream stood.
    bool opened = false;
    // It has brought an event or a bookmark.
    bool news = false;
    Duration lasted{0};
  };

  // A stream that ends sooner than this without news is taken for a failure: it would be asked for in a circle.
  static constexpr Duration kShortest = std::chrono::seconds(1);

  // Pauses after failures in a row grow from `first_retry` to `max_retry`.
  ReflectorRule(Duration first_retry, Duration max_retry, uint64_t seed) : backoff_(first_retry, max_retry, seed) {}

  // After a list that ended with `status`.
  Step Listed(const absl::Status& status);
  // After a watch that ended with `status`.
  //
  // OUT_OF_RANGE lists again at once, and after a pause if there was no news since it was so before: a server whose
  // versions are always too old is not asked for lists in a circle. What shows that the server's words cannot be read
  // (INVALID_ARGUMENT, RESOURCE_EXHAUSTED) lists after a pause: the same version would bring the same words. All other
  // errors watch on from the same version after a pause, so that an API server that restarts is not asked for 50,000
  // pods by everybody. But two streams in a row that stood and brought nothing, not even a bookmark, up to their
  // deadlines list: an API server whose data was set back answers a version of its future with silence. A pause is
  // never shorter than what the server asked for (RetryAfterOf).
  Step Watched(const absl::Status& status, const Watch& watch);

 private:
  Step Retry(const absl::Status& status, bool list);
  Step ListAgain(const absl::Status& status);

  Backoff backoff_;
  // It was OUT_OF_RANGE, and there was no news since.
  bool expired_ = false;
  // The last watch stood, and was silent.
  bool silent_ = false;
};

}  // namespace locus::kube
