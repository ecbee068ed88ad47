// What is kept of one decision, so that a person can be told why a pod went where it went.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "extender/decision/decide.h"
#include "extender/decision/reason.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

enum class Call { kFilter, kPrioritize };

struct PodIdentity {
  std::string namespace_name;
  std::string name;
  std::string uid;
  // The label spark-app-selector; may be empty.
  std::string application;
};

// An input without its holders.
struct InputRecord {
  std::string input;
  // Empty: not looked up (a filter call).
  std::optional<InputState> state;
  std::string problem;
  uint64_t length_bytes = 0;
  uint64_t cached_bytes = 0;
  uint64_t files = 0;
  uint64_t blocks = 0;
};

// NodeTerms with its own text.
struct NodeRecord {
  std::string node;
  NodeTerms terms;
};

struct DecisionRecord {
  WallTime time;
  Call call = Call::kPrioritize;
  PodIdentity pod;
  Outcome outcome = Outcome::kPassed;
  Reason reason = Reason::kNone;
  std::vector<std::string> warnings;
  // What is wrong with the pod's annotations, of `warnings`; empty: nothing.
  std::string annotation_problem;
  uint64_t share_bytes = 0;
  // Members of the group, this pod included.
  size_t group_size = 1;
  // Where the gate had planned it to go, when that node was offered; empty otherwise.
  std::string planned_node;
  // The node that is best of all and was not offered; empty when the best one was.
  std::string best_not_offered;
  size_t offered_nodes = 0;
  Duration duration{0};
  LocalityNews news;
  std::vector<InputRecord> inputs;
  size_t inputs_omitted = 0;
  // Best first.
  std::vector<NodeRecord> nodes;
  size_t nodes_omitted = 0;
};

// A ring of records must stay small also when pods carry annotations at the API server's bound (256 KiB).
inline constexpr size_t kInputTextPerRecord = 16 << 10;

// Copies inputs up to kInputTextPerRecord, and the first `max_nodes` nodes of BestFirst.
void KeepInputs(const LocalityAnswer& answer, DecisionRecord& record);
void KeepInputs(const std::vector<std::string>& inputs, DecisionRecord& record);
// `offered`: the names that the verdict refers to.
void KeepVerdict(const Verdict& verdict, const std::vector<std::string_view>& offered, size_t max_nodes,
                 DecisionRecord& record);

}  // namespace locus::extender
