#include "extender/decision/what_if.h"

#include <algorithm>
#include <utility>

#include "extender/decision/appraiser.h"
#include "extender/decision/plan.h"

namespace locus::extender {
namespace {

// One place for one executor: position in Holdings::nodes; empty: a node without data.
using Slot = std::optional<size_t>;

// Bytes that executors in the first `count` of `slots` would read locally.
uint64_t LocalBytes(const Holdings& holdings, const std::vector<Slot>& slots, size_t count, uint64_t share) {
  Coverage coverage(holdings);
  uint64_t local = 0;
  for (size_t i = 0; i < std::min(count, slots.size()); ++i) {
    if (!slots[i]) continue;
    local = AddSaturating(local, std::min(share, coverage.LeftBytes(*slots[i])));
    coverage.Take(*slots[i], share);
  }
  return local;
}

// Of the rooms, one slot an executor; a room takes at most all executors.
std::vector<Slot> Slots(const WhatIfQuestion& question) {
  std::vector<Slot> slots;
  for (const auto& room : question.rooms) {
    const Slot slot = question.holdings->Find(room.node);
    slots.insert(slots.end(), std::min<size_t>(room.executors, question.executors), slot);
  }
  return slots;
}

template <typename T>
void Shuffle(std::vector<T>& items, const std::function<uint64_t()>& random) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random() % i]);
}

// The first slot of each room, then the second of each, and so on; in random order within.
std::vector<Slot> ByRounds(const WhatIfQuestion& question) {
  std::vector<std::pair<Slot, uint32_t>> rooms;
  for (const auto& room : question.rooms) {
    if (room.executors > 0) rooms.emplace_back(question.holdings->Find(room.node), room.executors);
  }
  std::vector<Slot> slots;
  for (uint32_t round = 0; slots.size() < question.executors && !rooms.empty(); ++round) {
    std::erase_if(rooms, [round](const auto& room) { return room.second <= round; });
    Shuffle(rooms, question.random);
    for (const auto& room : rooms) slots.push_back(room.first);
  }
  return slots;
}

void Compare(const WhatIfQuestion& question, WhatIf& result) {
  double by_chance = 0;
  double by_rounds = 0;
  std::vector<Slot> slots = Slots(question);
  for (int draw = 0; draw < kDraws; ++draw) {
    Shuffle(slots, question.random);
    by_chance +=
        static_cast<double>(LocalBytes(*question.holdings, slots, question.executors, result.share_bytes)) / kDraws;
    by_rounds += static_cast<double>(
                     LocalBytes(*question.holdings, ByRounds(question), question.executors, result.share_bytes)) /
                 kDraws;
  }
  result.random_bytes = by_chance;
  result.one_per_node_bytes = by_rounds;
}

}  // namespace

WhatIf PlanExecutors(const WhatIfQuestion& question, const ScoringParameters& parameters) {
  const Holdings& holdings = *question.holdings;
  WhatIf result;
  result.share_bytes = ShareOf(question.share_bytes, holdings.length_bytes, question.executors);
  std::vector<uint32_t> room(holdings.nodes.size(), question.rooms.empty() ? ~uint32_t{0} : 0);
  for (const auto& known : question.rooms) {
    if (const auto node = holdings.Find(known.node)) room[*node] = known.executors;
  }
  const Scene scene{&holdings, question.loads, question.around, result.share_bytes, question.layout};
  const auto has_room = [&room](size_t, size_t node, uint32_t planned) { return planned < room[node]; };
  // Any node with a gain: nobody waits for a better one here.
  const auto steps = PlanGroup(Appraiser(scene, parameters), holdings.nodes.size(), question.executors, has_room,
                               /*good_enough=*/0, parameters.min_gain_seconds);
  std::vector<WhatIf::Place> places(holdings.nodes.size());
  for (const PlanStep& step : steps) {
    if (step.result != PlanStep::Result::kNode) {
      ++result.elsewhere;
      continue;
    }
    WhatIf::Place& place = places[step.node];
    ++place.executors;
    for (size_t tier = 0; tier < kTiers; ++tier) {
      place.taken[tier] = AddSaturating(place.taken[tier], step.terms.taken[tier]);
    }
    result.taken_bytes = AddSaturating(result.taken_bytes, Total(step.terms.taken));
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i].executors == 0) continue;
    places[i].node = holdings.nodes[i].node;
    places[i].local_bytes = Total(holdings.nodes[i].local);
    result.places.push_back(std::move(places[i]));
  }
  std::sort(result.places.begin(), result.places.end(), [](const auto& a, const auto& b) {
    return a.executors != b.executors ? a.executors > b.executors : a.node < b.node;
  });
  if (!question.rooms.empty() && question.random) Compare(question, result);
  return result;
}

}  // namespace locus::extender
