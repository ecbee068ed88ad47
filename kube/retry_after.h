// When to ask again, carried by the status of a refusal.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "common/clock.h"

namespace locus::kube {

// The pause that a server has asked for (header Retry-After; 429 and 503 have it). It is a payload of the status, which
// Annotate drops.
std::optional<Duration> RetryAfterOf(const absl::Status& status);
// `status` is an error; OK carries nothing.
void SetRetryAfter(absl::Status* status, Duration pause);

}  // namespace locus::kube
