// Whose pod a call is about, and what it wishes: its own annotations, and its driver's where it has none.
#pragma once

#include <vector>

#include "extender/cluster/cluster_view.h"
#include "extender/decision/annotations.h"
#include "extender/http/args_parser.h"

namespace locus::extender {

struct AskedPod {
  // It has inputs, its own or its driver's; all else is empty otherwise.
  bool ours = false;
  Wishes wishes;
  GroupKey group;
};

// A pod that could be an executor is looked up at `cluster`; any other one costs nothing.
AskedPod Understand(const PodArgs& pod, const ClusterView& cluster);

}  // namespace locus::extender
