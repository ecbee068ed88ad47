// Whether a pod may be made to wait by refusing it every node.
#pragma once

#include <array>
#include <string_view>

#include "common/clock.h"
#include "extender/decision/annotations.h"

namespace locus::extender {

enum class Refusal {
  kRefuse,       // it waits; the gatekeeper wakes it when that is over
  kNoWish,       // policy prefer, or policy wait behind a gate that has been opened for a planned node
  kOver,         // its deadline has passed, by our clock or by the leader's word
  kTooMany,      // max_refused others wait already
  kNobodyWakes,  // no extender leads, or pods are not known: it would hang until the scheduler's own flush after 5 min
};
inline constexpr std::array<std::string_view, 5> kRefusalWords = {"refused", "no_wish", "over", "too_many",
                                                                  "nobody_wakes"};

// A pod as the scheduler's call names it.
struct RefusalQuestion {
  std::string_view uid;
  WallTime created;
  // Must outlive the call.
  const Wishes* wishes = nullptr;
  // Annotations locus.dev/wake and locus.dev/planned-node of the pod in the call; empty when absent. The scheduler
  // looks again because of the former: believing it, rather than our clock alone, is what makes one wake enough.
  std::string_view wake;
  std::string_view planned_node;
};

// Thread-safe; answers from memory.
class RefusalRule {
 public:
  virtual ~RefusalRule() = default;
  // Whether a pod without room on a good node may be refused. It counts as waiting from then on.
  virtual Refusal MayRefuse(const RefusalQuestion& question) = 0;
  // It was given nodes, or is gone: it counts no more. Unknown ones are fine.
  virtual void Passed(std::string_view uid) = 0;
};

// Where nothing can wait.
class NoRefusals final : public RefusalRule {
 public:
  Refusal MayRefuse(const RefusalQuestion&) override { return Refusal::kNobodyWakes; }
  void Passed(std::string_view) override {}
};

}  // namespace locus::extender
