// Asking the API server whose token this is: TokenReview of authentication.k8s.io/v1.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::kube {

// Whom a token stands for.
struct TokenSubject {
  // False: it is forged, has expired, or its pod is gone; `problem` says which.
  bool authenticated = false;
  std::string problem;
  // system:serviceaccount:<namespace>:<name>.
  std::string user;
  // Of those that were asked for, the audiences that it is for. Empty from a server that knows no audiences.
  std::vector<std::string> audiences;
  // Where the pod runs that it is bound to; empty: bound to no pod, or by a Kubernetes before 1.30.
  std::string node;
};

// One call at a time; Stop may come from any thread. Calls block, for at most their deadline.
class TokenReviewer {
 public:
  virtual ~TokenReviewer() = default;
  // Errors as of Api; a token that is no good is an answer.
  virtual absl::StatusOr<TokenSubject> Review(const std::string& token, const std::string& audience) = 0;
  virtual void Stop() = 0;
};

}  // namespace locus::kube
