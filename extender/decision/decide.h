// From a pod's inputs, their pictures and the offered nodes to scores, or to the reason why there are none. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "extender/decision/reason.h"
#include "extender/decision/score.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

struct Question {
  // Must outlive the call.
  const LocalityAnswer* answer = nullptr;
  // Nodes that the pod may run on, by name; a name that stands twice counts once. Must outlive the call.
  const std::vector<std::string_view>* offered = nullptr;
  // From the annotation; empty: the length of the inputs.
  std::optional<uint64_t> share_bytes;
  // Older news is not used.
  Duration max_age{0};
};

// All terms of one node that holds some of the inputs.
struct NodeTerms {
  // Text of one of Verdict::pictures.
  std::string_view node;
  // Index into Question::offered; empty: holds data but is not offered.
  std::optional<uint32_t> offered;
  TierBytes local{};
  NodeScore terms;
  // As told; empty: unknown, and the median of the holders' known loads was used (0 when none is known).
  std::optional<double> load;
  // 0 for a node that is not offered, and whenever the verdict is not kScored.
  int score = 0;
};

struct Verdict {
  Outcome outcome = Outcome::kAbstained;
  Reason reason = Reason::kNone;
  uint64_t share_bytes = 0;
  // Every node that holds something, by name.
  std::vector<NodeTerms> nodes;
  // Those of the question; they hold the texts of `nodes`.
  std::vector<std::shared_ptr<const InputPicture>> pictures;
  // For people: which inputs did not count, and why.
  std::vector<std::string> warnings;
};

// Cost: O(holders of the inputs) and one pass over the offered names.
Verdict Decide(const Question& question, const ScoringParameters& parameters);

// Indices into `nodes`, at most `limit`: the best first, by value, offered before not offered, then by name.
std::vector<size_t> BestFirst(const std::vector<NodeTerms>& nodes, size_t limit);

}  // namespace locus::extender
