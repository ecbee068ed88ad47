// The part of kube-scheduler that meets an extender, for tests without a control plane: pkg/scheduler/extender.go and
// prioritizeNodes of 1.36. Only what our extender is configured for: nodeCacheCapable, no bind, no preempt.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/contract/extender/extender_server.h"
#include "tests/contract/extender/http_client.h"

namespace locus::extender {

class SchedulerDouble {
 public:
  SchedulerDouble(int port, int weight) : client_(port), weight_(weight) {}

  // Feasible nodes after the extender's filter. Throws what would be an attempt that failed.
  std::vector<std::string> Filter(const std::string& annotations, const std::vector<std::string>& nodes) {
    const auto reply = client_.Post("/filter", Args(annotations, nodes));
    if (!reply || reply.status != 200) throw std::runtime_error("no 200");
    const nlohmann::json result = nlohmann::json::parse(reply.body);
    if (!result["Error"].get<std::string>().empty()) throw std::runtime_error(result["Error"].get<std::string>());
    if (result["NodeNames"].is_null()) return {};
    const std::set<std::string> offered(nodes.begin(), nodes.end());
    std::vector<std::string> feasible;
    for (const auto& name : result["NodeNames"]) {
      if (offered.count(name.get<std::string>()) == 0) throw std::runtime_error("claims a filtered node not found");
      feasible.push_back(name.get<std::string>());
    }
    return feasible;
  }

  // The extender's share of each node's score: Score x weight x (100 / 10). Any defect of the reply discards it whole,
  // as Go's decoder does with a score that is no integer literal.
  std::map<std::string, int64_t> Prioritize(const std::string& annotations, const std::vector<std::string>& nodes) {
    ++prioritize_calls_;
    std::map<std::string, int64_t> totals;
    const auto reply = client_.Post("/prioritize", Args(annotations, nodes));
    if (!reply || reply.status != 200) return totals;
    const nlohmann::json list = nlohmann::json::parse(reply.body, nullptr, false);
    if (!list.is_array()) return totals;
    for (const auto& host : list) {
      if (!host["Score"].is_number_integer()) return {};
    }
    for (const auto& host : list)
      totals[host["Host"].get<std::string>()] += host["Score"].get<int64_t>() * weight_ * 10;
    return totals;
  }

  // The nodes with the highest total; more than one: the scheduler draws. `plugins`: what its own plugins give.
  std::set<std::string> Schedule(const std::string& annotations, const std::vector<std::string>& nodes,
                                 std::map<std::string, int64_t> plugins = {}) {
    const std::vector<std::string> feasible = Filter(annotations, nodes);
    // One feasible node is taken without scoring.
    if (feasible.size() <= 1) return {feasible.begin(), feasible.end()};
    const auto scores = Prioritize(annotations, feasible);
    std::set<std::string> best;
    int64_t highest = -1;
    for (const std::string& node : feasible) {
      const auto score = scores.find(node);
      const int64_t total = plugins[node] + (score == scores.end() ? 0 : score->second);
      if (total < highest) continue;
      if (total > highest) best.clear();
      highest = total;
      best.insert(node);
    }
    return best;
  }

  int prioritize_calls() const { return prioritize_calls_; }

 private:
  HttpClient client_;
  const int weight_;
  int prioritize_calls_ = 0;
};

}  // namespace locus::extender
