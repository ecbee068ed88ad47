#include "common/metrics.h"

#include <utility>

#include "common/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace locus {

void Counter::Increment(double by) const { impl_->Increment(by); }
void Gauge::Set(double value) const { impl_->Set(value); }
void Histogram::Observe(double value) const { impl_->Observe(value); }

struct Metrics::Impl {
  // Merge: the same name and help give the same family again.
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  Mutex mutex;
  std::vector<std::function<void()>> callbacks GUARDED_BY(mutex);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::GetCounter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter(&prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(labels));
}

Gauge Metrics::GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge(&prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(labels));
}

void Metrics::RemoveGauge(const std::string& name, const std::string& help, const Labels& labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
  // Adding what is there gives it.
  family.Remove(&family.Add(labels));
}

Histogram Metrics::GetHistogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                                const Labels& labels) {
  return Histogram(&prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry).Add(labels, bounds));
}

void Metrics::OnRender(std::function<void()> callback) {
  MutexLock lock(impl_->mutex);
  impl_->callbacks.push_back(std::move(callback));
}

std::string Metrics::Render() const {
  {
    MutexLock lock(impl_->mutex);
    for (const auto& callback : impl_->callbacks) callback();
  }
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace locus
