// Tells people how pods fared: events on the pods, and the predicted share of applications.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/metrics.h"
#include "common/mutex.h"
#include "extender/cluster/cluster_view.h"
#include "extender/explain/application_shares.h"
#include "extender/explain/decision_listener.h"
#include "extender/explain/decision_ring.h"
#include "extender/explain/event_words.h"

namespace locus::extender {

// Thread-safe.
class Teller final : public DecisionListener {
 public:
  // Writes an event; must not block.
  using Tell = std::function<void(PodEventKind kind, const PodRef& pod, std::string note)>;

  // `cluster`, `ring` and `metrics` must outlive it; an empty `tell` tells nothing.
  Teller(ClusterView& cluster, const DecisionRing& ring, Metrics& metrics, Tell tell);
  // Stops.
  ~Teller() override;
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  // `listener` hears of each pod that was bound, on the thread of this; must not block. Before Start.
  void OnBound(std::function<void(const ClusterView::Bound&)> listener) { on_bound_ = std::move(listener); }
  // Starts the thread that tells of pods that were bound. Once.
  void Start();
  void Stop();

  void Decided(const DecisionRecord& record) override;
  // A gated pod is found to wait; `bound` is of its whole wait, zero: without one.
  void Waits(const PodRef& pod, Duration bound);
  // Of pods that were bound and about which a decision was on record; ApplicationShares::Latest.
  std::vector<ApplicationShare> Applications(size_t limit) const { return shares_.Latest(limit); }
  // Pods may have been bound. Cheap; never blocks.
  void Wake();

 private:
  void Run();
  void Bound(const ClusterView::Bound& bound);

  ClusterView& cluster_;
  const DecisionRing& ring_;
  const Tell tell_;
  std::function<void(const ClusterView::Bound&)> on_bound_;
  ApplicationShares shares_;

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool woken_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace locus::extender
