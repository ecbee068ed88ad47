// `locusctl plan`: where executors would go, without any pod.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "locusctl/decision_source.h"
#include "locusctl/figures.h"
#include "locusctl/output.h"

namespace locus::ctl {

struct PlanOptions {
  std::vector<std::string> inputs;
  uint32_t executors = 1;
  // As the annotations of the same names, and as Kubernetes writes requests; empty: the extender's default.
  std::string share;
  std::string layout;
  std::string cpu;
  std::string memory;
};

// What GET /v1/plan tells (extender/http/plan_page.h).
struct Plan {
  struct Place {
    std::string node;
    uint64_t executors = 0;
    TierFigures taken;
    uint64_t cached_bytes = 0;
  };
  uint64_t executors = 0;
  uint64_t length_bytes = 0;
  uint64_t share_bytes = 0;
  uint64_t local_bytes = 0;
  // Negative: not known.
  double random_bytes = -1;
  double one_per_node_bytes = -1;
  uint64_t elsewhere = 0;
  bool cluster_known = false;
  std::vector<std::string> warnings;
  std::vector<Place> places;
};

// INVALID_ARGUMENT: no such answer.
absl::StatusOr<Plan> ParsePlan(const std::string& body);

std::string RenderPlan(const Plan& plan, const Style& style);

// kNegative when no executor would read a byte locally.
int RunPlan(const PlanOptions& options, DecisionSource& source, const Output& output);

}  // namespace locus::ctl
