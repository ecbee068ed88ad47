#include "extender/decision/decide.h"

#include <algorithm>
#include <utility>

#include "extender/decision/appraiser.h"

namespace locus::extender {
namespace {

// Values within this part of the best one are equal to it.
constexpr double kEqual = 0.01;

struct Best {
  double saved = 0;
  double value = 0;
  double worst_value = 0;
  size_t holders = 0;
  // Offered nodes without a byte of the inputs that stand for something.
  size_t near = 0;
};

void FillTerms(const Question& question, const Appraiser& appraiser, std::vector<NodeTerms>& nodes) {
  const Holdings& holdings = *question.holdings;
  nodes.resize(holdings.nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    NodeTerms& node = nodes[i];
    node.node = holdings.nodes[i].node;
    node.local = holdings.nodes[i].local;
    node.left = appraiser.Left(i);
    node.terms = appraiser.Appraise(i);
    node.load = appraiser.Reported(i);
    if (const NodeFacts* const facts = appraiser.Facts(i)) {
      node.requested = facts->requested;
      node.fresh = facts->fresh;
    }
  }
  if (question.around == nullptr) return;
  for (const Siblings& siblings : question.around->siblings) {
    if (const auto i = holdings.Find(siblings.node)) nodes[*i].siblings = siblings.count;
  }
}

// Which of the offered nodes are holders: those are marked in `nodes`. Calls `stranger(index)` for each other one.
template <typename Stranger>
void MarkOffered(const Question& question, std::vector<NodeTerms>& nodes, Stranger stranger) {
  const auto& offered = *question.offered;
  for (uint32_t i = 0; i < offered.size(); ++i) {
    const auto found = question.holdings->Find(offered[i]);
    if (!found) {
      stranger(i);
    } else if (!nodes[*found].offered) {
      nodes[*found].offered = i;
    }
  }
}

Best Survey(const std::vector<NodeTerms>& nodes) {
  Best best;
  for (const NodeTerms& node : nodes) {
    if (!node.offered) continue;
    best.saved = std::max(best.saved, node.terms.saved_seconds);
    best.value = std::max(best.value, node.terms.value);
    best.worst_value = best.holders == 0 ? node.terms.value : std::min(best.worst_value, node.terms.value);
    ++best.holders;
  }
  return best;
}

// Names that stand twice count once; at most two are needed to know that there is a choice.
bool HasChoice(const std::vector<std::string_view>& offered) {
  return std::any_of(offered.begin(), offered.end(), [&offered](std::string_view name) { return name != offered[0]; });
}

size_t CountDistinct(const std::vector<std::string_view>& offered) {
  std::vector<std::string_view> names = offered;
  std::sort(names.begin(), names.end());
  return static_cast<size_t>(std::unique(names.begin(), names.end()) - names.begin());
}

// Other members of the group have no node yet.
bool OthersWait(const Question& question) {
  if (question.around == nullptr) return false;
  size_t placed = 0;
  for (const Siblings& siblings : question.around->siblings) placed += siblings.count;
  return question.around->group_size > placed + 1;
}

Reason WhyNoScores(const Question& question, const Best& best, const ScoringParameters& parameters) {
  if (!HasChoice(*question.offered)) return Reason::kOneNode;
  if (best.holders == 0 && !(best.value > 0)) return Reason::kNoHolderOffered;
  if (best.saved < parameters.min_gain_seconds || !(best.value > 0)) return Reason::kNoGain;
  // A node without data has the value 0: one such node among the offered is a difference.
  const bool close = best.worst_value >= (1 - parameters.indifference) * best.value;
  // A group's members must not all be left to chance while they cannot see each other.
  if (close && !OthersWait(question) && best.holders + best.near >= CountDistinct(*question.offered)) {
    return Reason::kIndifferent;
  }
  return Reason::kNone;
}

// Whether a node without data could be as good as the best offered holder; else thousands of them need no look and no
// score: the scheduler takes the holder.
bool StrangersMatter(const Question& question, const Appraiser& appraiser, const Best& best,
                     const ScoringParameters& parameters) {
  if (!appraiser.zoned() || !question.score_near) return false;
  double most = appraiser.AppraiseStranger(std::nullopt).value;
  for (uint32_t zone = 0; zone < question.around->zones->names().size(); ++zone) {
    most = std::max(most, appraiser.AppraiseStranger(zone).value);
  }
  return most >= (1 - parameters.indifference) * best.value;
}

// Offered nodes without data, by what their zone makes them worth.
class Strangers {
 public:
  Strangers(const Question& question, const Appraiser& appraiser) : question_(question), appraiser_(appraiser) {}

  void Meet(uint32_t index) {
    const auto zone = question_.around->zones->Find((*question_.offered)[index]);
    const size_t place = zone ? *zone + 1 : 0;
    if (place >= by_zone_.size()) by_zone_.resize(place + 1);
    if (!by_zone_[place]) by_zone_[place] = appraiser_.AppraiseStranger(zone);
    met_.emplace_back(index, by_zone_[place]->value);
    if (by_zone_[place]->value > 0) saved_ = std::max(saved_, by_zone_[place]->saved_seconds);
  }

  void Join(Best& best) const {
    for (const auto& [index, value] : met_) {
      best.worst_value = best.holders + best.near == 0 ? value : std::min(best.worst_value, value);
      best.value = std::max(best.value, value);
      ++best.near;
    }
    best.saved = std::max(best.saved, saved_);
  }

  std::vector<std::pair<uint32_t, int>> Scores(double best) const {
    std::vector<std::pair<uint32_t, int>> scores;
    for (const auto& [index, value] : met_) {
      if (const int score = ScaleScore(value, best); score > 0) scores.emplace_back(index, score);
    }
    return scores;
  }

 private:
  const Question& question_;
  const Appraiser& appraiser_;
  // By zone + 1; 0: no zone.
  std::vector<std::optional<NodeScore>> by_zone_;
  // Index into the offered nodes, and value.
  std::vector<std::pair<uint32_t, double>> met_;
  double saved_ = 0;
};

// Ten points are for the best node and its equals; of a member of a group exactly one node has them.
void GiveScores(const Question& question, double best, std::vector<NodeTerms>& nodes) {
  std::vector<NodeTerms*> equals;
  for (NodeTerms& node : nodes) {
    if (!node.offered) continue;
    node.score = ScaleScore(node.terms.value, best);
    if (node.score < kHighestScore) continue;
    if (node.terms.value >= (1 - kEqual) * best) {
      equals.push_back(&node);
    } else {
      node.score = kHighestScore - 1;
    }
  }
  if (!question.in_group || equals.size() < 2) return;
  const NodeTerms* const winner = equals[question.salt % equals.size()];
  for (NodeTerms* node : equals) {
    if (node != winner) node->score = kHighestScore - 1;
  }
}

std::optional<size_t> BetterElsewhere(const std::vector<NodeTerms>& nodes, const Best& best,
                                      const ScoringParameters& parameters) {
  std::optional<size_t> better;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const NodeScore& terms = nodes[i].terms;
    if (nodes[i].offered || terms.saved_seconds < parameters.min_gain_seconds) continue;
    if (!(terms.value * (1 - parameters.indifference) > best.value)) continue;
    if (!better || terms.value > nodes[*better].terms.value) better = i;
  }
  return better;
}

// Index into the offered nodes.
std::optional<uint32_t> Planned(const Question& question) {
  if (question.planned_node.empty()) return std::nullopt;
  const auto found = std::find(question.offered->begin(), question.offered->end(), question.planned_node);
  if (found == question.offered->end()) return std::nullopt;
  return static_cast<uint32_t>(found - question.offered->begin());
}

}  // namespace

Verdict Decide(const Question& question, const ScoringParameters& parameters) {
  const Holdings& holdings = *question.holdings;
  Verdict verdict;
  verdict.pictures = holdings.pictures;
  verdict.warnings = holdings.warnings;
  if (question.around != nullptr) verdict.group_size = question.around->group_size;
  verdict.share_bytes = ShareOf(question.share_bytes, holdings.length_bytes, verdict.group_size);
  const auto end = [&verdict](Outcome outcome, Reason reason) {
    verdict.outcome = outcome;
    verdict.reason = reason;
    return std::move(verdict);
  };
  const bool usable = holdings.unusable == Reason::kNone && !holdings.known.empty();
  const Appraiser appraiser({&holdings, question.loads, question.around, verdict.share_bytes, question.layout},
                            parameters);
  Strangers strangers(question, appraiser);
  Best best;
  if (usable) {
    FillTerms(question, appraiser, verdict.nodes);
    MarkOffered(question, verdict.nodes, [](uint32_t) {});
    best = Survey(verdict.nodes);
    if (StrangersMatter(question, appraiser, best, parameters)) {
      MarkOffered(question, verdict.nodes, [&strangers](uint32_t i) { strangers.Meet(i); });
      strangers.Join(best);
    }
    verdict.best_not_offered = BetterElsewhere(verdict.nodes, best, parameters);
  }
  verdict.planned = Planned(question);
  if (verdict.planned) return end(Outcome::kScored, Reason::kNone);
  if (holdings.unusable != Reason::kNone) return end(Outcome::kDegraded, holdings.unusable);
  if (holdings.known.empty()) {
    if (holdings.incomplete != Reason::kNone) return end(Outcome::kDegraded, holdings.incomplete);
    return end(Outcome::kAbstained, Reason::kInputUnknown);
  }
  const Reason reason = holdings.cached ? WhyNoScores(question, best, parameters) : Reason::kNothingCached;
  if (reason != Reason::kNone) {
    // Inputs that were not answered may have held what is missing.
    if (holdings.incomplete != Reason::kNone && reason != Reason::kOneNode) {
      return end(Outcome::kDegraded, holdings.incomplete);
    }
    return end(Outcome::kAbstained, reason);
  }
  GiveScores(question, best.value, verdict.nodes);
  verdict.near = strangers.Scores(best.value);
  return end(Outcome::kScored, Reason::kNone);
}

std::optional<uint32_t> LikelyChoice(const Verdict& verdict, uint64_t salt) {
  if (verdict.outcome != Outcome::kScored) return std::nullopt;
  if (verdict.planned) return verdict.planned;
  int highest = 1;
  std::vector<uint32_t> candidates;
  const auto consider = [&](uint32_t index, int score) {
    if (score < highest) return;
    if (score > highest) candidates.clear();
    highest = score;
    candidates.push_back(index);
  };
  for (const NodeTerms& node : verdict.nodes) {
    if (node.offered) consider(*node.offered, node.score);
  }
  for (const auto& [index, score] : verdict.near) consider(index, score);
  if (candidates.empty()) return std::nullopt;
  return candidates[salt % candidates.size()];
}

std::vector<size_t> BestFirst(const std::vector<NodeTerms>& nodes, size_t limit) {
  std::vector<size_t> order(nodes.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto better = [&nodes](size_t a, size_t b) {
    const NodeTerms& x = nodes[a];
    const NodeTerms& y = nodes[b];
    if (x.terms.value != y.terms.value) return x.terms.value > y.terms.value;
    if (x.offered.has_value() != y.offered.has_value()) return x.offered.has_value();
    return x.node < y.node;
  };
  const size_t kept = std::min(limit, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), better);
  order.resize(kept);
  return order;
}

}  // namespace locus::extender
