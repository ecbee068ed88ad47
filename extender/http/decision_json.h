// Decisions as JSON, for /v1/explain and /v1/decisions. The members are part of the public surface: docs/protocol.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "extender/explain/decision_ring.h"

namespace locus::extender {

// {"decisions":[...]}
std::string DecisionsJson(const std::vector<DecisionRing::RecordPtr>& records);

// {"pod":{"namespace","name"},"decisions":[...]}
std::string ExplainJson(std::string_view namespace_name, std::string_view name,
                        const std::vector<DecisionRing::RecordPtr>& records);

// {"error":text,"started":time}: nothing is on record, perhaps because the extender has started since.
std::string NoDecisionJson(std::string_view text, WallTime started);

// {"error":text}
std::string ErrorJson(std::string_view text);

// RFC 3339 in UTC with milliseconds: 2026-01-31T08:15:30.250Z.
std::string FormatTime(WallTime time);

}  // namespace locus::extender
