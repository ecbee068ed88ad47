// locusctl explain [NAMESPACE/]POD: why a pod went where it went.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "locusctl/decision.h"
#include "locusctl/decision_source.h"
#include "locusctl/output.h"

namespace locus::ctl {

struct PodName {
  std::string space;
  std::string name;
};

// "pod" (in `default_space`) or "namespace/pod". INVALID_ARGUMENT for what Kubernetes allows no pod to be called.
absl::StatusOr<PodName> ParsePodName(std::string_view text, std::string_view default_space);

// The outcome, the inputs, and a table with each term of each node's score.
std::string RenderDecision(const Decision& decision, const Style& style);

struct ExplainOptions {
  PodName pod;
  // All decisions on record instead of the newest with scores to show.
  bool all = false;
};

// Asks and prints. kNegative when the extender has no decision on record.
int RunExplain(const ExplainOptions& options, DecisionSource& source, const Output& output);

}  // namespace locus::ctl
