// What the extender tells about one call of the scheduler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "locusctl/figures.h"

namespace locus::ctl {

struct InputDetail {
  std::string input;
  std::string state;
  std::string problem;
  uint64_t length_bytes = 0;
  uint64_t cached_bytes = 0;
  uint64_t files = 0;
  uint64_t blocks = 0;
};

// The terms of one node's score, in the order in which they are computed.
struct NodeTerms {
  std::string node;
  bool offered = true;
  TierFigures local;
  // Of `local`, what other members of the group leave; as `local` when the extender did not say.
  TierFigures left;
  uint64_t members = 0;
  TierFigures taken;
  // NaN when the extender did not say.
  double seconds = 0;
  double saved_seconds = 0;
  // Absent: the node's load is not known.
  std::optional<double> load;
  double headroom = 0;
  double value = 0;
  int64_t score = 0;
};

struct Decision {
  std::string time;
  std::string call;
  std::string pod_namespace;
  std::string pod_name;
  std::string application;
  std::vector<std::string> inputs;
  std::string outcome;
  std::string reason;
  std::vector<std::string> warnings;
  uint64_t share_bytes = 0;
  // 0: the extender did not say.
  uint64_t group_size = 0;
  std::string planned_node;
  std::string best_not_offered;
  uint64_t offered_nodes = 0;
  uint64_t duration_us = 0;
  // Absent: the extender had never heard locus-meta.
  std::optional<uint64_t> news_age_ms;
  bool news_stale = false;
  std::vector<InputDetail> input_details;
  uint64_t inputs_omitted = 0;
  // Best first.
  std::vector<NodeTerms> nodes;
  uint64_t nodes_omitted = 0;
};

}  // namespace locus::ctl
