// Amounts as Kubernetes writes them
// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace locus::kube {

// "100m", "1Gi", "0.5", "1e3", "12E" in whole units or in thousandths. As Kubernetes does it: fractions are rounded
// away from zero, and what is beyond an int64 is the largest (or smallest) one. INVALID_ARGUMENT for anything else,
// also for more than 64 bytes: the API server writes no longer ones.
absl::StatusOr<int64_t> ParseQuantity(std::string_view text);
absl::StatusOr<int64_t> ParseMilliQuantity(std::string_view text);

// The nearest int64 to the sum.
int64_t SaturatingAdd(int64_t a, int64_t b);

}  // namespace locus::kube
