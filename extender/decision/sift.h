// Which of the offered nodes a pod may go to, for the policies that refuse some. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "extender/decision/annotations.h"
#include "extender/decision/decide.h"

namespace locus::extender {

// Constant: a text that changes makes the scheduler ask again and again (docs/kube-scheduler.md).
inline constexpr std::string_view kWaitText = "locus: waiting for a node that holds the pod's data";
inline constexpr std::string_view kRequireText = "locus: the node does not hold the pod's data";

struct Sieve {
  enum class Passes {
    kAll,   // nothing is refused
    kSome,  // those in `pass`
    kNone,  // all are refused: the pod waits
  };
  Passes passes = Passes::kAll;
  // Beside Question::offered; only for kSome.
  std::vector<bool> pass;
  // With kAll, for a pod that asked for more: nothing of its inputs is cached anywhere.
  bool uncached = false;
};

struct SiftParameters {
  // A node is good enough not to wait for another one when its value is this part of the best one's.
  double good_enough = 0.5;
  double min_gain_seconds = 0.01;
};

// Of `offered` nodes, as the verdict has them. `prefer` refuses nothing; nor does any policy while the verdict is
// degraded. `wait`: the nodes that are good enough, or none of them; all when no node anywhere saves the least gain.
// `require`: nodes that hold some of the inputs; when nothing is cached anywhere, as `when_uncached` says. A pod that
// has been planned by the gate (`planned`: its annotation is there, whatever node it names) no longer waits.
Sieve Sift(const Verdict& verdict, const Wishes& wishes, bool planned, size_t offered,
           const SiftParameters& parameters);

}  // namespace locus::extender
