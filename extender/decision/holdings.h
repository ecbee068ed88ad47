// Which nodes hold how much of a pod's inputs, added up over the inputs; the first half of a decision. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "extender/decision/reason.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

struct HeldNode {
  // Text of one of Holdings::pictures.
  std::string_view node;
  TierBytes local{};
};

struct Holdings {
  // All that were asked for, and of them the known ones.
  std::vector<std::shared_ptr<const InputPicture>> pictures;
  std::vector<const InputPicture*> known;
  // Beside `known`; null where there is none.
  std::vector<std::shared_ptr<const BlockSample>> samples;
  // kNone, or why locality cannot be used at all.
  Reason unusable = Reason::kNone;
  // Some inputs were not answered: they may hold what is missing. What to blame for it; else kNone.
  Reason incomplete = Reason::kNone;
  // Of the known inputs.
  uint64_t length_bytes = 0;
  // Any of them has a byte in a cache.
  bool cached = false;
  // Every node that holds something, by name.
  std::vector<HeldNode> nodes;
  // Of `nodes`, unless there is a single known input: then its picture's index says the same.
  NameIndex merged;
  // For people: which inputs did not count, and why.
  std::vector<std::string> warnings;

  // Position in `nodes`.
  std::optional<size_t> Find(std::string_view node) const;
};

// `answer` need not outlive the result. News older than `max_age` is unusable.
Holdings Gather(const LocalityAnswer& answer, Duration max_age);

}  // namespace locus::extender
