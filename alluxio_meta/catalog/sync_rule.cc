#include "alluxio_meta/catalog/sync_rule.h"

#include <algorithm>
#include <chrono>

#include "common/units.h"

namespace locus::meta {
namespace {

// For people.
std::string Rounded(Duration d) { return FormatDuration(std::chrono::ceil<std::chrono::seconds>(d)); }

std::string Missing(const SyncFacts& facts, SteadyTime settled, SteadyTime now) {
  std::string missing;
  const auto add = [&missing](const std::string& text) { missing += (missing.empty() ? "" : "; ") + text; };
  if (!facts.master_problem.empty()) add(facts.master_problem);
  if (facts.master_problem.empty() && !facts.mounts_told) add("the Alluxio master has not told its mount table yet");
  if (!facts.nodes_told) add("the API server has not listed its nodes yet");
  if (facts.untold > 0) {
    add(std::to_string(facts.untold) + " of " + std::to_string(facts.workers) +
        " workers have not told yet all that they hold");
  }
  if (now < settled) add("workers may still come: waits " + Rounded(settled - now) + " for another one");
  if (facts.unlisted > 0) {
    add(std::to_string(facts.unlisted) + " inputs of before the restart have not been listed yet");
  }
  return missing;
}

}  // namespace

bool SyncRule::Look(const SyncFacts& facts, SteadyTime now) {
  if (ready_) return false;
  const SteadyTime settled =
      facts.takes_reports ? std::max(began_, facts.newcomer.value_or(began_)) + options_.settle : began_;
  missing_ = Missing(facts, settled, now);
  took_ = now - began_;
  ready_ = missing_.empty() || took_ >= options_.at_most;
  if (!ready_) missing_ += "; ready in any case in " + Rounded(options_.at_most - took_);
  return ready_;
}

}  // namespace locus::meta
