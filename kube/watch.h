// The state of a collection, and then its changes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"

namespace locus::kube {

template <typename T>
struct WatchEvent {
  // Added or modified; false: deleted, and `object` is its last state.
  bool present = true;
  T object;
};

// A list: its pages are handed over as they come, so that 50,000 pods are never in memory as JSON at once.
//
// One call at a time; Stop may come from any thread. Errors are those of Api, and OUT_OF_RANGE (410 Gone: the version
// is too old or the pages of a list have expired, list again). An UNAVAILABLE may say when to ask again (RetryAfterOf,
// kube/retry_after.h).
template <typename T>
class Collection {
 public:
  virtual ~Collection() = default;
  // Calls `page` for each page; returns the version that a watch goes on from. An error leaves what was handed over
  // without an end: list again.
  virtual absl::StatusOr<std::string> List(const std::function<void(std::vector<T>)>& page) = 0;
  // Follows the changes after `version`, which moves along (also by bookmarks), until the server ends the stream (OK),
  // which it does every so often, or an error. `heard` is called whenever the server says anything that is no error:
  // once when the stream stands, then after each event and each bookmark.
  virtual absl::Status Watch(std::string* version, const std::function<void(WatchEvent<T>)>& event,
                             const std::function<void()>& heard) = 0;
  virtual void Stop() = 0;
};

}  // namespace locus::kube
