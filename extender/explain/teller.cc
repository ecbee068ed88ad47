#include "extender/explain/teller.h"

#include <algorithm>
#include <utility>

#include "common/units.h"

namespace locus::extender {
namespace {

// A wake-up may be missed only by an implementation that forgets it; bindings are then told of after this time.
constexpr Duration kPoll = std::chrono::seconds(1);

std::string DegradedNote(Reason reason) {
  switch (reason) {
    case Reason::kMetadataAway: return "placed without regard to cached data: locus-meta is away";
    case Reason::kMetadataStale: return "placed without regard to cached data: the news from locus-meta is too old";
    case Reason::kInputLimit: return "placed without regard to cached data: too many inputs are followed";
    default: return "placed without regard to cached data: the inputs were not known in time";
  }
}

std::string WaitNote(Duration bound) {
  if (bound <= Duration::zero()) return "waiting for a node that holds the pod's data";
  return "waiting for a node that holds the pod's data, for at most " + FormatDuration(bound);
}

// "3 GiB of its share of 4 GiB lie on node-7 (2 GiB in MEM, 1 GiB in SSD)".
std::string PlacedNote(const std::string& node, const TierBytes& taken, uint64_t share) {
  std::string tiers;
  for (size_t tier = 0; tier < kTiers; ++tier) {
    if (taken[tier] == 0) continue;
    tiers += (tiers.empty() ? " (" : ", ") + FormatBytes(taken[tier]) + " in " + std::string(kTierNames[tier]);
  }
  if (!tiers.empty()) tiers += ")";
  return FormatBytes(Total(taken)) + " of its share of " + FormatBytes(share) + " lie on " + node + tiers;
}

// What the pod would have read on the best of the nodes that it could have gone to.
uint64_t BestLocal(const DecisionRecord& record) {
  const auto best = std::find_if(record.nodes.begin(), record.nodes.end(),
                                 [](const NodeRecord& node) { return node.terms.offered.has_value(); });
  return best == record.nodes.end() ? 0 : Total(best->terms.terms.taken);
}

// The newest that has scores, or explains why there are none.
const DecisionRecord* Telling(const std::vector<DecisionRing::RecordPtr>& records, const std::string& uid) {
  for (const auto& record : records) {
    if (record->pod.uid == uid && !record->nodes.empty()) return record.get();
  }
  return nullptr;
}

}  // namespace

Teller::Teller(ClusterView& cluster, const DecisionRing& ring, Metrics& metrics, Tell tell)
    : cluster_(cluster), ring_(ring), tell_(std::move(tell)), shares_(metrics) {}

Teller::~Teller() { Stop(); }

void Teller::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Teller::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Teller::Wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  changed_.NotifyAll();
}

void Teller::Decided(const DecisionRecord& record) {
  if (!tell_) return;
  const PodRef pod{record.pod.namespace_name, record.pod.name, record.pod.uid};
  if (!record.annotation_problem.empty()) tell_(PodEventKind::kBadAnnotation, pod, record.annotation_problem);
  switch (record.outcome) {
    case Outcome::kDegraded: tell_(PodEventKind::kDegraded, pod, DegradedNote(record.reason)); break;
    case Outcome::kRefused: tell_(PodEventKind::kWaiting, pod, WaitNote(Duration::zero())); break;
    case Outcome::kPassed:
      if (record.reason == Reason::kUncached) {
        tell_(PodEventKind::kUncached, pod, "no node holds any of the pod's inputs: it may run anywhere");
      }
      break;
    case Outcome::kScored:
    case Outcome::kAbstained:
    case Outcome::kSifted: break;
  }
  if (record.call != Call::kPrioritize || record.best_not_offered.empty()) return;
  tell_(PodEventKind::kNotOffered, pod,
        record.best_not_offered + " holds more of the pod's data than any node that had room");
}

void Teller::Waits(const PodRef& pod, Duration bound) {
  if (tell_) tell_(PodEventKind::kWaiting, pod, WaitNote(bound));
}

void Teller::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      changed_.WaitFor(mutex_, kPoll, [this]() REQUIRES(mutex_) { return stopping_ || woken_; });
      if (stopping_) return;
      woken_ = false;
    }
    for (const ClusterView::Bound& bound : cluster_.TakeBound()) {
      if (on_bound_) on_bound_(bound);
      Bound(bound);
    }
  }
}

void Teller::Bound(const ClusterView::Bound& bound) {
  const auto records = ring_.OfPod(bound.space, bound.name);
  const DecisionRecord* const record = Telling(records, bound.uid);
  // Another extender has decided, or it was too long ago.
  if (record == nullptr) return;
  const auto node = std::find_if(record->nodes.begin(), record->nodes.end(),
                                 [&bound](const NodeRecord& candidate) { return candidate.node == bound.node; });
  const TierBytes taken = node == record->nodes.end() ? TierBytes{} : node->terms.terms.taken;
  const std::string& application = record->pod.application;
  shares_.Placed(application.empty() ? "" : bound.space + "/" + application,
                 {record->share_bytes, Total(taken), BestLocal(*record)});
  if (!tell_) return;
  tell_(PodEventKind::kPlaced, {bound.space, bound.name, bound.uid},
        PlacedNote(bound.node, taken, record->share_bytes));
}

}  // namespace locus::extender
