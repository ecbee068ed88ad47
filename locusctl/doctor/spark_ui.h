// What Spark's own REST API says of the tasks of an application.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "locusctl/decision_source.h"
#include "locusctl/doctor/diagnosis.h"

namespace locus::ctl {

// Counts tasks of the latest stages (20) that have read input. UNAVAILABLE: not reached; INVALID_ARGUMENT: what answers
// is not Spark's REST API, or does not know the application.
absl::StatusOr<TaskFacts> AskSpark(const std::string& application, DecisionSource& ui);

}  // namespace locus::ctl
