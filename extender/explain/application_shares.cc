#include "extender/explain/application_shares.h"

namespace locus::extender {
namespace {

constexpr const char* kName = "locus_extender_application_local_ratio";
constexpr const char* kHelp =
    "Part of its pods' shares that an application is predicted to read from their own nodes, 0 to 1.";

}  // namespace

ApplicationShares::ApplicationShares(Metrics& metrics)
    : metrics_(metrics),
      local_total_(metrics.GetCounter("locus_extender_predicted_local_bytes_total",
                                      "Bytes that placed pods are predicted to read from their own nodes.")),
      share_total_(metrics.GetCounter("locus_extender_placed_share_bytes_total",
                                      "Bytes that placed pods are expected to read in all.")) {}

void ApplicationShares::Placed(const std::string& application, const PlacedPod& pod) {
  local_total_.Increment(static_cast<double>(pod.local));
  share_total_.Increment(static_cast<double>(pod.share));
  if (application.empty() || pod.share == 0) return;
  MutexLock lock(mutex_);
  auto found = sums_.find(application);
  if (found == sums_.end()) {
    if (sums_.size() >= kMaxApplications) {
      metrics_.RemoveGauge(kName, kHelp, {{"application", order_.back()}});
      sums_.erase(order_.back());
      order_.pop_back();
    }
    order_.push_front(application);
    Sums fresh{{application}, metrics_.GetGauge(kName, kHelp, {{"application", application}}), order_.begin()};
    found = sums_.emplace(application, fresh).first;
  } else {
    order_.splice(order_.begin(), order_, found->second.place);
  }
  ApplicationShare& share = found->second.share;
  ++share.pods;
  share.share_bytes += static_cast<double>(pod.share);
  share.local_bytes += static_cast<double>(pod.local);
  share.best_bytes += static_cast<double>(pod.best);
  found->second.gauge.Set(share.local_bytes / share.share_bytes);
}

std::vector<ApplicationShare> ApplicationShares::Latest(size_t limit) const {
  MutexLock lock(mutex_);
  std::vector<ApplicationShare> latest;
  for (const std::string& application : order_) {
    if (latest.size() == limit) break;
    latest.push_back(sums_.at(application).share);
  }
  return latest;
}

}  // namespace locus::extender
