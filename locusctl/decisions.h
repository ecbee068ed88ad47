// locusctl decisions: the newest decisions of the extender, one line each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "locusctl/decision.h"
#include "locusctl/decision_source.h"
#include "locusctl/output.h"

namespace locus::ctl {

// A row for each decision, in the given order.
std::string RenderDecisions(const std::vector<Decision>& decisions, const Style& style);

// Asks and prints. kNegative when there is none.
int RunDecisions(uint32_t limit, DecisionSource& source, const Output& output);

}  // namespace locus::ctl
