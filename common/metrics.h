// Counters, gauges and histograms, exposed as Prometheus text
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace locus {

using Labels = std::map<std::string, std::string>;

// Handles are cheap to copy, thread-safe, and live as long as their Metrics.
class Counter {
 public:
  void Increment(double by = 1) const;

 private:
  friend class Metrics;
  explicit Counter(prometheus::Counter* impl) : impl_(impl) {}
  prometheus::Counter* impl_;
};

class Gauge {
 public:
  void Set(double value) const;

 private:
  friend class Metrics;
  explicit Gauge(prometheus::Gauge* impl) : impl_(impl) {}
  prometheus::Gauge* impl_;
};

class Histogram {
 public:
  void Observe(double value) const;

 private:
  friend class Metrics;
  explicit Histogram(prometheus::Histogram* impl) : impl_(impl) {}
  prometheus::Histogram* impl_;
};

// The registry of one process. Names: locus_<component>_<what>_<unit>, counters end in _total. Asking again for the
// same name and labels gives the same series. Label values must come from a bounded set: never a path or a pod.
// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // Ends a series, for labels that stand for what comes and goes; all handles to it must not be used any more.
  void RemoveGauge(const std::string& name, const std::string& help, const Labels& labels);
  // `bounds` are the upper bounds of the buckets, ascending; used by the first call for a name.
  Histogram GetHistogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                         const Labels& labels = {});

  // Called at each Render, to set gauges that are cheaper to read than to keep. Must outlive the last Render.
  void OnRender(std::function<void()> callback);

  // Text format 0.0.4.
  std::string Render() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace locus
