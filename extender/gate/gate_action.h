// What the gate does to a pod.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "extender/cluster/surroundings.h"

namespace locus::extender {

// Why a gate was opened.
enum class OpenReason {
  kPlanned,           // a node has room for it and holds enough of its input
  kDeadline,          // it has waited as long as it may
  kNothingToWaitFor,  // nothing of its input is cached, or it has none
  kUnknown,           // nobody knew its inputs in time
  kPrefer,            // policy prefer: it does not wait, and no node was found for it
};
inline constexpr std::array<std::string_view, 5> kOpenReasonWords = {"planned", "deadline", "nothing_to_wait_for",
                                                                     "unknown", "prefer"};

// Why the scheduler was made to look at a pod again that the filter had refused.
enum class WakeReason {
  kDeadline,          // it is refused no more
  kRoom,              // a good node has room for it
  kNothingToWaitFor,  // as above: it passes now
  kUnknown,           // likewise
};
inline constexpr std::array<std::string_view, 4> kWakeReasonWords = {"deadline", "room", "nothing_to_wait_for",
                                                                     "unknown"};

struct GateAction {
  enum class Kind {
    kOpen,         // remove the gate, and note node and word where there are any
    kWake,         // annotation `wake`
    kTellWaiting,  // nothing is written to the pod; people are told that it waits
  };
  Kind kind = Kind::kOpen;
  std::string space;
  std::string name;
  std::string uid;
  GroupKey group;
  // kOpen.
  OpenReason opened = OpenReason::kPlanned;
  // kWake.
  WakeReason woken = WakeReason::kDeadline;
  // The planned node; empty: none.
  std::string node;
  // The new value of locus.dev/wake; empty: it stays.
  std::string wake;
  // Since the pod's creation.
  Duration waited{0};
  // kTellWaiting: of the whole wait, from the creation on; zero: policy require, no bound.
  Duration bound{0};
};

}  // namespace locus::extender
