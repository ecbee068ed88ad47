// Statuses as HTTP answers.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace locus::worker {

// 404 for NOT_FOUND, 400 for INVALID_ARGUMENT, 416 for OUT_OF_RANGE, 503 for what another try may mend (UNAVAILABLE,
// RESOURCE_EXHAUSTED, ABORTED, CANCELLED, DEADLINE_EXCEEDED), 500 for the rest.
int HttpStatusOf(const absl::Status& status);

// {"code":"NOT_FOUND","message":"..."} and a newline; ASCII. `code` as gRPC spells it.
std::string ErrorJson(const std::string& code, const std::string& message);
std::string ErrorJson(const absl::Status& status);

}  // namespace locus::worker
