#include "extender/decision/plan.h"

#include <algorithm>

namespace locus::extender {
namespace {

// Larger groups are left as the first pass has placed them: there each member matters little, and the second pass takes
// members x members steps.
constexpr size_t kMaxImproved = 50;

using HasRoom = std::function<bool(size_t, size_t, uint32_t)>;

// What is read-only while a plan is made.
struct Task {
  const HasRoom& has_room;
  size_t nodes = 0;
  double good_enough = 0;
  double min_gain_seconds = 0;
};

// Where member `m` goes, with the values of `scores`.
PlanStep Choose(const Task& task, size_t m, const std::vector<NodeScore>& scores,
                const std::vector<uint32_t>& planned) {
  PlanStep step;
  double best = 0;
  for (const NodeScore& score : scores) {
    if (score.saved_seconds >= task.min_gain_seconds) best = std::max(best, score.value);
  }
  if (!(best > 0)) return step;
  step.result = PlanStep::Result::kNoRoom;
  for (size_t n = 0; n < task.nodes; ++n) {
    const double value = scores[n].value;
    if (value < task.good_enough * best || scores[n].saved_seconds < task.min_gain_seconds) continue;
    if (step.result == PlanStep::Result::kNode && value <= step.terms.value) continue;
    if (!task.has_room(m, n, planned[n])) continue;
    step = {PlanStep::Result::kNode, n, scores[n]};
  }
  return step;
}

void AppraiseAll(const Appraiser& appraiser, std::vector<NodeScore>& scores) {
  for (size_t n = 0; n < scores.size(); ++n) scores[n] = appraiser.Appraise(n);
}

// Each member once more, with all others in their places: those who came first chose without knowing the others.
void Improve(const Task& task, const Appraiser& empty, std::vector<PlanStep>& steps, std::vector<uint32_t>& planned) {
  std::vector<NodeScore> scores(task.nodes);
  for (size_t m = 0; m < steps.size(); ++m) {
    if (steps[m].result != PlanStep::Result::kNode) continue;
    Appraiser others = empty;
    for (size_t o = 0; o < steps.size(); ++o) {
      if (o != m && steps[o].result == PlanStep::Result::kNode) others.Place(steps[o].node);
    }
    AppraiseAll(others, scores);
    --planned[steps[m].node];
    steps[m].terms = scores[steps[m].node];
    const PlanStep better = Choose(task, m, scores, planned);
    if (better.result == PlanStep::Result::kNode && better.terms.value > steps[m].terms.value) steps[m] = better;
    ++planned[steps[m].node];
  }
}

}  // namespace

std::vector<PlanStep> PlanGroup(Appraiser appraiser, size_t nodes, size_t members, const HasRoom& has_room,
                                double good_enough, double min_gain_seconds) {
  const Task task{has_room, nodes, good_enough, min_gain_seconds};
  std::vector<PlanStep> steps(members);
  std::vector<uint32_t> planned(nodes);
  std::vector<NodeScore> scores(nodes);
  const bool improve = members > 1 && members <= kMaxImproved && appraiser.Prepare();
  const Appraiser empty = appraiser;
  bool stale = true;
  for (size_t m = 0; m < members; ++m) {
    if (stale) AppraiseAll(appraiser, scores);
    steps[m] = Choose(task, m, scores, planned);
    stale = steps[m].result == PlanStep::Result::kNode;
    if (!stale) continue;
    ++planned[steps[m].node];
    appraiser.Place(steps[m].node);
  }
  if (improve) Improve(task, empty, steps, planned);
  return steps;
}

}  // namespace locus::extender
