#include "extender/decision/holdings.h"

#include <algorithm>
#include <map>

namespace locus::extender {
namespace {

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

Reason WhyIncomplete(const LocalityAnswer& answer) {
  if (Any(answer, InputState::kPending)) {
    return answer.news.connected ? Reason::kInputPending : Reason::kMetadataAway;
  }
  return Any(answer, InputState::kOverLimit) ? Reason::kInputLimit : Reason::kNone;
}

Reason WhyUnusable(const LocalityNews& news, Duration max_age) {
  if (!news.heard && !news.connected) return Reason::kMetadataAway;
  if (news.heard && news.age > max_age) return Reason::kMetadataStale;
  return Reason::kNone;
}

void SumInputs(Holdings& holdings) {
  if (holdings.known.size() == 1) {
    holdings.nodes.reserve(holdings.known[0]->nodes.size());
    for (const NodeBytes& n : holdings.known[0]->nodes) holdings.nodes.push_back({n.node, n.bytes});
    return;
  }
  std::map<std::string_view, TierBytes> sums;
  for (const InputPicture* picture : holdings.known) {
    for (const NodeBytes& n : picture->nodes) {
      TierBytes& sum = sums[n.node];
      for (size_t tier = 0; tier < kTiers; ++tier) sum[tier] = AddSaturating(sum[tier], n.bytes[tier]);
    }
  }
  for (const auto& [node, bytes] : sums) holdings.nodes.push_back({node, bytes});
  holdings.merged = NameIndex(holdings.nodes.size(), [&holdings](size_t i) { return holdings.nodes[i].node; });
}

}  // namespace

std::optional<size_t> Holdings::Find(std::string_view node) const {
  // The nodes of a single input stand in the order of its picture, whose index is ready.
  const NameIndex& index = known.size() == 1 ? known[0]->node_index : merged;
  return index.Find(node, [this](size_t i) { return nodes[i].node; });
}

Holdings Gather(const LocalityAnswer& answer, Duration max_age) {
  Holdings holdings;
  holdings.pictures = answer.inputs;
  for (size_t i = 0; i < answer.inputs.size(); ++i) {
    const InputPicture& picture = *answer.inputs[i];
    if (picture.state != InputState::kKnown) {
      holdings.warnings.push_back(WarningOf(picture));
      continue;
    }
    holdings.known.push_back(&picture);
    holdings.samples.push_back(i < answer.samples.size() ? answer.samples[i] : nullptr);
    holdings.length_bytes = AddSaturating(holdings.length_bytes, picture.length_bytes);
    holdings.cached = holdings.cached || picture.cached_bytes > 0 || !picture.nodes.empty();
  }
  holdings.unusable = WhyUnusable(answer.news, max_age);
  holdings.incomplete = WhyIncomplete(answer);
  SumInputs(holdings);
  return holdings;
}

}  // namespace locus::extender
