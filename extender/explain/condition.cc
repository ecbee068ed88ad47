#include "extender/explain/condition.h"

#include <chrono>

#include "common/units.h"

namespace locus::extender {
namespace {

WallTime Before(WallTime now, Duration age) { return now - std::chrono::duration_cast<WallTime::duration>(age); }

void AddMetadata(const Condition& condition, std::vector<DegradedState>& states) {
  const LocalityNews& news = condition.news;
  if (!news.heard) {
    states.push_back({"metadata", std::string(ToWord(Reason::kMetadataAway)), condition.started,
                      "locus-meta was never heard: pods are placed without locality"});
    return;
  }
  const WallTime heard = Before(condition.now, news.age);
  if (news.age > condition.max_age) {
    states.push_back({"metadata", std::string(ToWord(Reason::kMetadataStale)), heard,
                      "locus-meta is not heard any more: pods are placed without locality"});
  } else if (!news.connected) {
    states.push_back(
        {"metadata", "disconnected", heard,
         "the stream from locus-meta is broken: its last picture serves for " + FormatDuration(condition.max_age)});
  }
  if (news.stale) {
    states.push_back({"metadata", "source_stale", Before(condition.now, news.source_age),
                      "locus-meta calls its own picture out of date"});
  }
}

void AddCluster(const Condition& condition, std::vector<DegradedState>& states) {
  const ClusterCondition& cluster = condition.cluster;
  if (!cluster.asked) return;
  if (!cluster.synced) {
    states.push_back({"cluster", "not_synced", condition.started,
                      cluster.problem.empty() ? "nodes and pods are still being listed" : cluster.problem});
    return;
  }
  if (!cluster.problem.empty()) {
    std::optional<WallTime> since;
    if (cluster.age) since = Before(condition.now, *cluster.age);
    states.push_back({"cluster", "api_server", since, cluster.problem});
  }
  if (!cluster.leads && cluster.leader.empty()) {
    states.push_back({"gate", "no_leader", std::nullopt, "nobody leads the gate: gated pods stay gated"});
  }
}

}  // namespace

std::vector<DegradedState> DegradedStates(const Condition& condition) {
  std::vector<DegradedState> states;
  AddMetadata(condition, states);
  AddCluster(condition, states);
  for (const OutcomeCount& entry : condition.outcomes) {
    if (entry.outcome != Outcome::kDegraded || condition.now - entry.last > OutcomeTally::kQuiet) continue;
    states.push_back({"decisions", std::string(ToWord(entry.reason)), entry.since,
                      std::to_string(entry.count) + " decisions without locality in all, the last at most " +
                          FormatDuration(OutcomeTally::kQuiet) + " ago"});
  }
  return states;
}

}  // namespace locus::extender
