#include "extender/decision/decide.h"

#include <algorithm>
#include <map>
#include <utility>

namespace locus::extender {
namespace {

using Pictures = std::vector<const InputPicture*>;

std::string_view WhyNotCounted(InputState state) {
  switch (state) {
    case InputState::kKnown: return "";
    case InputState::kUnknown: return "nobody knows this path";
    case InputState::kPending: return "not answered yet";
    case InputState::kInvalid: return "not a valid input";
    case InputState::kOverLimit: return "not followed";
  }
  return "";
}

// A path may be 4 KiB; the whole text stands in the input's details.
constexpr size_t kQuotedInputBytes = 200;

std::string WarningOf(const InputPicture& picture) {
  size_t cut = std::min(kQuotedInputBytes, picture.input.size());
  // Not in the middle of a UTF-8 character.
  while (cut > 0 && cut < picture.input.size() && (static_cast<unsigned char>(picture.input[cut]) & 0xC0) == 0x80)
    --cut;
  std::string text = "input " + picture.input.substr(0, cut) + (cut < picture.input.size() ? "..." : "") + ": ";
  text += WhyNotCounted(picture.state);
  if (!picture.problem.empty()) text += ": " + picture.problem;
  return text;
}

bool Any(const LocalityAnswer& answer, InputState state) {
  return std::any_of(answer.inputs.begin(), answer.inputs.end(), [state](const auto& p) { return p->state == state; });
}

// Why locality cannot be used at all; kNone: it can.
Reason Unusable(const LocalityNews& news, Duration max_age) {
  if (!news.heard && !news.connected) return Reason::kMetadataAway;
  if (news.heard && news.age > max_age) return Reason::kMetadataStale;
  return Reason::kNone;
}

// What to blame when no input is known.
Reason WhyNoneKnown(const LocalityAnswer& answer) {
  if (Any(answer, InputState::kPending)) {
    return answer.news.connected ? Reason::kInputPending : Reason::kMetadataAway;
  }
  return Any(answer, InputState::kOverLimit) ? Reason::kInputLimit : Reason::kInputUnknown;
}

// Bytes of all inputs by node.
std::vector<NodeTerms> SumInputs(const Pictures& pictures) {
  std::vector<NodeTerms> nodes;
  const auto add = [&nodes](std::string_view node, const TierBytes& bytes) {
    nodes.emplace_back();
    nodes.back().node = node;
    nodes.back().local = bytes;
  };
  if (pictures.size() == 1) {
    nodes.reserve(pictures[0]->nodes.size());
    for (const NodeBytes& n : pictures[0]->nodes) add(n.node, n.bytes);
    return nodes;
  }
  std::map<std::string_view, TierBytes> sums;
  for (const InputPicture* picture : pictures) {
    for (const NodeBytes& n : picture->nodes) {
      TierBytes& sum = sums[n.node];
      for (size_t tier = 0; tier < kTiers; ++tier) sum[tier] = AddSaturating(sum[tier], n.bytes[tier]);
    }
  }
  for (const auto& [node, bytes] : sums) add(node, bytes);
  return nodes;
}

void MarkOffered(const Pictures& pictures, const std::vector<std::string_view>& offered,
                 std::vector<NodeTerms>& nodes) {
  const auto name_of = [&nodes](size_t i) { return nodes[i].node; };
  // The nodes of a single input stand in the order of its picture, whose index is ready.
  const NameIndex merged = pictures.size() == 1 ? NameIndex() : NameIndex(nodes.size(), name_of);
  const NameIndex& index = pictures.size() == 1 ? pictures[0]->node_index : merged;
  for (uint32_t i = 0; i < offered.size(); ++i) {
    const auto found = index.Find(offered[i], name_of);
    if (found && !nodes[*found].offered) nodes[*found].offered = i;
  }
}

void FillTerms(const NodeLoads& loads, uint64_t share_bytes, const ScoringParameters& parameters,
               std::vector<NodeTerms>& nodes) {
  std::vector<double> known;
  for (NodeTerms& node : nodes) {
    node.load = loads.Find(node.node);
    if (node.load) known.push_back(*node.load);
  }
  const double median = MedianLoad(known).value_or(0);
  for (NodeTerms& node : nodes) {
    node.terms = ScoreNode(node.local, share_bytes, node.load.value_or(median), parameters);
  }
}

struct Best {
  double saved = 0;
  double value = 0;
  // Of the offered nodes with data.
  size_t holders = 0;
  double worst_value = 0;
};

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

Reason WhyNoScores(const Question& question, const Best& best, const ScoringParameters& parameters) {
  if (!HasChoice(*question.offered)) return Reason::kOneNode;
  if (best.holders == 0) return Reason::kNoHolderOffered;
  if (best.saved < parameters.min_gain_seconds || !(best.value > 0)) return Reason::kNoGain;
  // A node without data has the value 0: one such node among the offered is a difference.
  const bool close = best.worst_value >= (1 - parameters.indifference) * best.value;
  if (close && best.holders >= CountDistinct(*question.offered)) return Reason::kIndifferent;
  return Reason::kNone;
}

}  // namespace

Verdict Decide(const Question& question, const ScoringParameters& parameters) {
  const LocalityAnswer& answer = *question.answer;
  Verdict verdict;
  verdict.pictures = answer.inputs;
  const auto end = [&verdict](Outcome outcome, Reason reason) {
    verdict.outcome = outcome;
    verdict.reason = reason;
    return std::move(verdict);
  };
  Pictures known;
  uint64_t length = 0;
  bool cached = false;
  for (const auto& picture : answer.inputs) {
    if (picture->state != InputState::kKnown) {
      verdict.warnings.push_back(WarningOf(*picture));
      continue;
    }
    known.push_back(picture.get());
    length = AddSaturating(length, picture->length_bytes);
    cached = cached || picture->cached_bytes > 0 || !picture->nodes.empty();
  }
  verdict.share_bytes = question.share_bytes.value_or(length);
  if (const Reason reason = Unusable(answer.news, question.max_age); reason != Reason::kNone) {
    return end(Outcome::kDegraded, reason);
  }
  if (known.empty()) {
    const Reason reason = WhyNoneKnown(answer);
    return end(reason == Reason::kInputUnknown ? Outcome::kAbstained : Outcome::kDegraded, reason);
  }
  verdict.nodes = SumInputs(known);
  MarkOffered(known, *question.offered, verdict.nodes);
  FillTerms(*answer.loads, verdict.share_bytes, parameters, verdict.nodes);
  const Best best = Survey(verdict.nodes);
  const Reason reason = cached ? WhyNoScores(question, best, parameters) : Reason::kNothingCached;
  if (reason != Reason::kNone) {
    // Inputs that were not answered may have held what is missing.
    if (Any(answer, InputState::kPending) || Any(answer, InputState::kOverLimit)) {
      if (reason != Reason::kOneNode) return end(Outcome::kDegraded, WhyNoneKnown(answer));
    }
    return end(Outcome::kAbstained, reason);
  }
  for (NodeTerms& node : verdict.nodes) {
    if (node.offered) node.score = ScaleScore(node.terms.value, best.value);
  }
  return end(Outcome::kScored, Reason::kNone);
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
