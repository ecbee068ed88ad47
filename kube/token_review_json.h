// A TokenReview as JSON
// (https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kube/token_reviewer.h"

namespace locus::kube {

std::string TokenReviewJson(const std::string& token, const std::string& audience);

// INVALID_ARGUMENT for what is no TokenReview with a status. Fields that are absent are empty.
absl::StatusOr<TokenSubject> ParseTokenReview(std::string_view json);

}  // namespace locus::kube
