// Questions to the API server whose answers are taken as text, for people's tools.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace locus::kube {

// One call at a time; each blocks, for at most its deadline. Errors as those of kube/api.h; NOT_FOUND also for what the
// server does not serve.
class Asker {
 public:
  virtual ~Asker() = default;
  // The body of a 200. `target`: path and query, percent-encoded.
  virtual absl::StatusOr<std::string> Get(const std::string& target) = 0;
  // Sends a review, which the server answers and does not keep: the body of its answer.
  // https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
  virtual absl::StatusOr<std::string> Review(const std::string& target, const std::string& json) = 0;
};

}  // namespace locus::kube
