#include "locusctl/installation/facts.h"

#include <algorithm>
#include <map>
#include <utility>

namespace locus::ctl {

std::vector<CacheWorker> WorkersOf(const InstallationFacts& facts) {
  std::map<std::string, CacheWorker> by_address;
  for (const MetaFacts& meta : facts.metas) {
    for (const CacheWorker& worker : meta.workers) {
      const auto [known, first] = by_address.emplace(worker.address, worker);
      // States are in the order from best to worst.
      if (!first && worker.state < known->second.state) known->second = worker;
    }
  }
  std::vector<CacheWorker> workers;
  for (auto& [address, worker] : by_address) workers.push_back(std::move(worker));
  std::stable_sort(workers.begin(), workers.end(),
                   [](const CacheWorker& a, const CacheWorker& b) { return a.node < b.node; });
  return workers;
}

std::vector<OutcomeFact> OutcomesOf(const InstallationFacts& facts) {
  std::vector<OutcomeFact> outcomes;
  for (const ExtenderFacts& extender : facts.extenders) {
    for (const OutcomeFact& fact : extender.decisions) {
      const auto known = std::find_if(outcomes.begin(), outcomes.end(),
                                      [&](const OutcomeFact& outcome) { return outcome.outcome == fact.outcome; });
      if (known == outcomes.end()) {
        outcomes.push_back({fact.outcome, "", fact.count});
      } else {
        known->count += fact.count;
      }
    }
  }
  return outcomes;
}

}  // namespace locus::ctl
