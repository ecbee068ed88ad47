// A whole decision in one line.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "extender/decision/decide.h"

namespace locus::extender {

// For a pod whose news may be ten seconds old. `around`: its nodes must stand in the order of Gather(answer).nodes.
inline Verdict DecideFor(const LocalityAnswer& answer, const std::vector<std::string_view>& offered,
                         const ScoringParameters& parameters = {}, std::optional<uint64_t> share = std::nullopt,
                         const Surroundings* around = nullptr, Layout layout = Layout::kSpread) {
  const Holdings holdings = Gather(answer, std::chrono::seconds(10));
  Question question;
  question.holdings = &holdings;
  question.loads = answer.loads.get();
  question.offered = &offered;
  question.share_bytes = share;
  question.around = around;
  question.layout = layout;
  return Decide(question, parameters);
}

}  // namespace locus::extender
