// Several members of a group at once: an assignment instead of a race. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "extender/decision/appraiser.h"

namespace locus::extender {

struct PlanStep {
  enum class Result {
    kNode,     // it goes to `node`
    kNoRoom,   // a node is worth waiting for, but those that are good enough have no room
    kNothing,  // no node saves the least gain: there is nothing to wait for
  };
  Result result = Result::kNothing;
  // Position in Holdings::nodes; with kNode.
  size_t node = 0;
  NodeScore terms;
};

// Members are placed one after the other, each on the node that is worth most to it then: highest averages over what is
// left. Where copies overlap, each member of a small group is then looked at once more with all others in their places.
// `has_room(m, n, planned)`: member m finds room on node n (position in Holdings::nodes) beside `planned` other
// members. A node counts when its value is at least `good_enough` of the best one's, with or without room: what is
// worth waiting for is not given away for less. The terms of a step are as of when it was chosen. O(members x nodes).
std::vector<PlanStep> PlanGroup(Appraiser appraiser, size_t nodes, size_t members,
                                const std::function<bool(size_t m, size_t n, uint32_t planned)>& has_room,
                                double good_enough, double min_gain_seconds);

}  // namespace locus::extender
