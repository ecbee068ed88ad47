#include "extender/decision/sift.h"

#include <algorithm>

namespace locus::extender {
namespace {

template <typename Good>
Sieve Pass(const Verdict& verdict, size_t offered, Good good) {
  Sieve sieve;
  sieve.passes = Sieve::Passes::kNone;
  sieve.pass.assign(offered, false);
  for (const NodeTerms& node : verdict.nodes) {
    if (!node.offered || !good(node)) continue;
    sieve.pass[*node.offered] = true;
    sieve.passes = Sieve::Passes::kSome;
  }
  return sieve;
}

}  // namespace

Sieve Sift(const Verdict& verdict, const Wishes& wishes, bool planned, size_t offered,
           const SiftParameters& parameters) {
  if (wishes.policy == Policy::kPrefer || verdict.outcome == Outcome::kDegraded) return {};
  if (verdict.reason == Reason::kInputUnknown) return {Sieve::Passes::kAll, {}, true};
  if (wishes.policy == Policy::kRequire) {
    if (!verdict.nodes.empty()) {
      return Pass(verdict, offered, [](const NodeTerms& node) { return Total(node.local) > 0; });
    }
    const bool pend = wishes.when_uncached == WhenUncached::kPend;
    return {pend ? Sieve::Passes::kNone : Sieve::Passes::kAll, {}, true};
  }
  if (planned) return {};
  double best = 0;
  for (const NodeTerms& node : verdict.nodes) {
    if (node.terms.saved_seconds >= parameters.min_gain_seconds) best = std::max(best, node.terms.value);
  }
  if (!(best > 0)) return {Sieve::Passes::kAll, {}, verdict.nodes.empty()};
  return Pass(verdict, offered,
              [&](const NodeTerms& node) { return node.terms.value >= parameters.good_enough * best; });
}

}  // namespace locus::extender
