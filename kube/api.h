// What Locus asks of the API server.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/objects.h"

namespace locus::kube {

// One call at a time; Stop may come from any thread. Calls block, for at most their deadlines.
//
// Errors: UNAVAILABLE and DEADLINE_EXCEEDED (ask again), UNAUTHENTICATED (401), PERMISSION_DENIED (403),
// RESOURCE_EXHAUSTED (an answer beyond a bound), FAILED_PRECONDITION (credentials of no use), NOT_FOUND and
// INVALID_ARGUMENT (no API server, or no label selector), CANCELLED (stopped). The text names the server and says what
// to do.
class Api {
 public:
  virtual ~Api() = default;
  virtual absl::StatusOr<std::vector<Node>> ListNodes() = 0;
  // Of all namespaces. `label_selector` as kubectl takes it; empty: all pods.
  virtual absl::StatusOr<std::vector<Pod>> ListPods(const std::string& label_selector) = 0;
  // Ends the call under way at once, and all later ones.
  virtual void Stop() = 0;
};

}  // namespace locus::kube
