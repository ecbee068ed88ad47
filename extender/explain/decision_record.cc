#include "extender/explain/decision_record.h"

#include <utility>

namespace locus::extender {
namespace {

// False: no room is left for it.
bool HasRoom(size_t bytes, size_t& used) {
  if (used + bytes > kInputTextPerRecord) return false;
  used += bytes;
  return true;
}

}  // namespace

void KeepInputs(const LocalityAnswer& answer, DecisionRecord& record) {
  record.news = answer.news;
  size_t used = 0;
  for (const auto& picture : answer.inputs) {
    if (!HasRoom(picture->input.size() + picture->problem.size(), used)) {
      ++record.inputs_omitted;
      continue;
    }
    record.inputs.push_back({picture->input, picture->state, picture->problem, picture->length_bytes,
                             picture->cached_bytes, picture->files, picture->blocks});
  }
}

void KeepInputs(const std::vector<std::string>& inputs, DecisionRecord& record) {
  size_t used = 0;
  for (const std::string& input : inputs) {
    if (HasRoom(input.size(), used)) {
      record.inputs.emplace_back();
      record.inputs.back().input = input;
    } else {
      ++record.inputs_omitted;
    }
  }
}

void KeepVerdict(const Verdict& verdict, const std::vector<std::string_view>& offered, size_t max_nodes,
                 DecisionRecord& record) {
  record.outcome = verdict.outcome;
  record.reason = verdict.reason;
  record.share_bytes = verdict.share_bytes;
  record.group_size = verdict.group_size;
  if (verdict.planned) record.planned_node = offered[*verdict.planned];
  if (verdict.best_not_offered) record.best_not_offered = verdict.nodes[*verdict.best_not_offered].node;
  record.warnings.insert(record.warnings.end(), verdict.warnings.begin(), verdict.warnings.end());
  for (const size_t i : BestFirst(verdict.nodes, max_nodes)) {
    const NodeTerms& terms = verdict.nodes[i];
    record.nodes.push_back({std::string(terms.node), terms});
    record.nodes.back().terms.node = {};  // the text is not ours
  }
  record.nodes_omitted = verdict.nodes.size() - record.nodes.size();
}

}  // namespace locus::extender
