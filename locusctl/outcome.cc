#include "locusctl/outcome.h"

#include <cmath>

#include "common/units.h"
#include "locusctl/figures.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

struct Explanation {
  const char* outcome;
  const char* reason;
  const char* text;
};

// The words of the extender's /v1/explain; docs/locusctl-pods.md lists them too.
constexpr Explanation kExplanations[] = {
    {"abstained", "no_gain",
     "no node saves enough time to matter (scoring.min_gain), so the scheduler's own plugins decided."},
    {"abstained", "indifferent",
     "all offered nodes are about equally good (scoring.indifference), so the scheduler's own plugins decided."},
    {"abstained", "nothing_cached",
     "no live worker holds any byte of the inputs, so no node is better than another. `locusctl locality` shows the "
     "inputs; loading them into the cache would change this."},
    {"abstained", "input_unknown",
     "the source knows none of the inputs. Check the spelling in the annotation locus.dev/inputs with `locusctl "
     "locality`."},
    {"abstained", "no_holder_offered",
     "nodes hold the data, but the scheduler offered none of them: they had no room, or a selector, taint or affinity "
     "rules them out. `kubectl describe pod` tells which."},
    {"abstained", "one_node", "the scheduler offered a single node, so there was nothing to choose."},
    {"degraded", "metadata_away",
     "locus-meta could not be reached; the pod was scheduled without locality. Check that locus-meta runs, and "
     "metadata.target in extender.yaml."},
    {"degraded", "metadata_stale",
     "the news from locus-meta was too old (metadata.max_age); the pod was scheduled without locality. Check "
     "locus-meta and, "
     "with `locusctl workers`, that its workers are live."},
    {"degraded", "input_pending",
     "an input was seen for the first time and its answer did not come within metadata.budget; the pod was scheduled "
     "without locality. The next pod with the same inputs finds it known."},
    {"degraded", "input_limit",
     "the extender follows as many inputs as metadata.max_inputs allows; the pod was scheduled without locality. Raise "
     "the "
     "bound, or let inputs be forgotten sooner (metadata.interest_ttl)."},
    {"passed", "uncached",
     "no node holds any of the inputs, so there was none to wait for: the filter let all offered nodes through."},
    {"passed", "wait_is_over", "the pod has waited as long as it may (locus.dev/max-wait); all offered nodes passed."},
    {"passed", "cannot_wait",
     "the pod would have waited, but too many wait already (gate.max_refused), or no extender leads and could wake it "
     "(`gate` in extender.yaml); all offered nodes passed."},
    {"passed", "may_evict",
     "the pod may evict others (spec.priority above 0), and refusing it nodes would make the scheduler evict in vain; "
     "use the gate (locus.dev/locality), or a priority class with preemptionPolicy: Never."},
    {"sifted", "waiting", "only nodes that are good enough passed; the pod would rather wait than take another one."},
    {"sifted", "required", "only nodes that hold some of the inputs passed (locus.dev/policy: require)."},
    {"refused", "waiting",
     "none of the offered nodes is good enough. The pod waits for one that is, no longer than locus.dev/max-wait."},
    {"refused", "required",
     "none of the offered nodes holds any of the inputs, and the pod asks for one that does (locus.dev/policy: "
     "require)."},
};

std::string Scored(const Decision& decision) {
  const NodeTerms* best = nullptr;
  for (const NodeTerms& node : decision.nodes) {
    if (node.offered && node.score > 0 && (best == nullptr || node.score > best->score)) best = &node;
  }
  if (!decision.planned_node.empty()) {
    return "scored: " + SafeText(decision.planned_node) +
           " gets all points, as the gate has planned. The scheduler adds these points to those of its own plugins.";
  }
  if (best == nullptr) return "scored: no node got a score above 0.";
  std::string text =
      "scored: " + SafeText(best->node) + " is preferred with " + std::to_string(best->score) + " of 10 points";
  if (std::isfinite(best->seconds) && std::isfinite(best->saved_seconds)) {
    text += ": reading " + FormatBytes(decision.share_bytes) + " takes " + Seconds(best->seconds) +
            " there instead of " + Seconds(best->seconds + best->saved_seconds) + " over the network";
  }
  return text + ". The scheduler adds these points to those of its own plugins.";
}

}  // namespace

std::string OutcomeWord(const Decision& decision) {
  const std::string outcome = decision.outcome.empty() ? "unnamed" : SafeText(decision.outcome);
  return decision.reason.empty() ? outcome : outcome + ": " + SafeText(decision.reason);
}

std::string OutcomeSentence(const Decision& decision) {
  if (decision.outcome == "scored") return Scored(decision);
  if (decision.outcome == "passed" && decision.reason.empty())
    return "passed: the filter let all offered nodes through unchanged.";
  for (const Explanation& known : kExplanations) {
    if (decision.outcome == known.outcome && decision.reason == known.reason) {
      return OutcomeWord(decision) + " — " + known.text;
    }
  }
  return OutcomeWord(decision) + " — this locusctl does not know that reason; use one of the extender's version.";
}

Ink OutcomeInk(const Decision& decision) {
  return decision.outcome == "scored"     ? Ink::kGreen
         : decision.outcome == "degraded" ? Ink::kRed
         : decision.outcome == "passed"   ? Ink::kPlain
                                          : Ink::kYellow;
}

}  // namespace locus::ctl
