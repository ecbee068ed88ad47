// The extender's JSON (/v1/explain, /v1/decisions) into Decisions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "locusctl/decision.h"

namespace locus::ctl {

// Decisions of an answer, in its order. Fields that are absent, unknown or of another type than expected are passed
// over: a newer or older extender stays readable. INVALID_ARGUMENT when the text is no JSON object with a list
// `decisions`.
absl::StatusOr<std::vector<Decision>> ParseDecisions(std::string_view json);

// The text of "error" and "started" in an answer with another status than 200; empty where there is none.
struct Refusal {
  std::string error;
  std::string started;
};
Refusal ParseRefusal(std::string_view json);

// The same document for a machine to read: indented, ASCII only, so that nothing in it can steer a terminal. Of its
// decisions `count` from position `first` on are kept. INVALID_ARGUMENT when it is no JSON object.
absl::StatusOr<std::string> ReformatDecisions(std::string_view json, size_t first, size_t count);

}  // namespace locus::ctl
