// What part of its input each application is predicted to read locally, for Prometheus.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "common/metrics.h"
#include "common/mutex.h"

namespace locus::extender {

// Thread-safe.
class ApplicationShares {
 public:
  // Applications shown at once; the one that has placed nothing for longest gives way.
  static constexpr size_t kMaxApplications = 200;

  // `metrics` must outlive it.
  explicit ApplicationShares(Metrics& metrics);

  // A pod of `application` (namespace/name; empty: none) was bound where it reads `local` of its `share` bytes.
  void Placed(const std::string& application, uint64_t local, uint64_t share);

 private:
  struct Sums {
    double local = 0;
    double share = 0;
    Gauge gauge;
    std::list<std::string>::iterator place;
  };

  Metrics& metrics_;
  const Counter local_total_;
  const Counter share_total_;
  Mutex mutex_;
  // The one that placed last is first.
  std::list<std::string> order_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, Sums> sums_ GUARDED_BY(mutex_);
};

}  // namespace locus::extender
