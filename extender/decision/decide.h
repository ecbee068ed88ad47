// From a pod's inputs, its group and the offered nodes to scores, or to the reason why there are none. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extender/cluster/surroundings.h"
#include "extender/decision/annotations.h"
#include "extender/decision/holdings.h"
#include "extender/decision/reason.h"
#include "extender/decision/score.h"
#include "extender/locality/picture.h"

namespace locus::extender {

// What it points to must outlive the call.
struct Question {
  const Holdings* holdings = nullptr;
  const NodeLoads* loads = nullptr;
  // Nodes that the pod may run on, by name; a name that stands twice counts once.
  const std::vector<std::string_view>* offered = nullptr;
  // From the annotation; empty: an equal part of the inputs for each member of the group.
  std::optional<uint64_t> share_bytes;
  Layout layout = Layout::kSpread;
  // Of Holdings::nodes, in their order. Null: the pod counts as alone, and requested CPU as unknown.
  const Surroundings* around = nullptr;
  // Others of its group are there or may come: of equally good nodes exactly one is then the best. The next member may
  // be decided before the API server has told of this one, and must know where it goes.
  bool in_group = false;
  // Where the gate has planned it to go; empty: it has not.
  std::string_view planned_node;
  // Nodes without data get scores where zones matter; false for a filter call, which needs none.
  bool score_near = true;
  // Tells apart pods that ask for the same, such as a hash of the uid.
  uint64_t salt = 0;
};

// All terms of one node that holds some of the inputs.
struct NodeTerms {
  // Text of one of Verdict::pictures.
  std::string_view node;
  // Index into Question::offered; empty: holds data but is not offered.
  std::optional<uint32_t> offered;
  TierBytes local{};
  // Of `local`, what other members of the group leave.
  TierBytes left{};
  NodeScore terms;
  // As told; empty: unknown, and the median of the holders' known loads was used (0 when none is known).
  std::optional<double> load;
  // Fractions of the node's CPU (NodeFacts); 0 when the node is not known.
  double requested = 0;
  double fresh = 0;
  // Members of the group that are there.
  uint32_t siblings = 0;
  // 0 for a node that is not offered, and whenever the verdict is not kScored.
  int score = 0;
};

struct Verdict {
  Outcome outcome = Outcome::kAbstained;
  Reason reason = Reason::kNone;
  uint64_t share_bytes = 0;
  // Members of the group, this one included.
  size_t group_size = 1;
  // Every node that holds something, by name.
  std::vector<NodeTerms> nodes;
  // Offered nodes that hold nothing but are near to those that do: index into Question::offered, ascending, and score
  // above 0.
  std::vector<std::pair<uint32_t, int>> near;
  // Index into Question::offered: the gate's plan is followed, and no other score counts.
  std::optional<uint32_t> planned;
  // Position in `nodes`: the best of all was not offered, and the best of those offered is clearly worse.
  std::optional<size_t> best_not_offered;
  // Those of the question; they hold the texts of `nodes`.
  std::vector<std::shared_ptr<const InputPicture>> pictures;
  // For people: which inputs did not count, and why.
  std::vector<std::string> warnings;
};

// Cost: O(holders of the inputs) and one pass over the offered names.
Verdict Decide(const Question& question, const ScoringParameters& parameters);

// Where the scheduler will most probably put the pod: index into Question::offered of the highest score. Of equal ones
// the choice is the scheduler's, and this one is spread by `salt`. Empty: no scores.
std::optional<uint32_t> LikelyChoice(const Verdict& verdict, uint64_t salt);

// Indices into `nodes`, at most `limit`: the best first, by value, offered before not offered, then by name.
std::vector<size_t> BestFirst(const std::vector<NodeTerms>& nodes, size_t limit);

}  // namespace locus::extender
