// What part of its input each application is predicted to read locally, for Prometheus and for people.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/metrics.h"
#include "common/mutex.h"
#include "extender/explain/application_share.h"

namespace locus::extender {

// Thread-safe.
class ApplicationShares {
 public:
  // Applications shown at once; the one that has placed nothing for longest gives way.
  static constexpr size_t kMaxApplications = 200;

  // `metrics` must outlive it.
  explicit ApplicationShares(Metrics& metrics);

  // `pod` is of `application` (namespace/name; empty: none).
  void Placed(const std::string& application, const PlacedPod& pod);

  // Those shown, at most `limit`: the one that placed a pod last is first.
  std::vector<ApplicationShare> Latest(size_t limit) const;

 private:
  struct Sums {
    ApplicationShare share;
    Gauge gauge;
    std::list<std::string>::iterator place;
  };

  Metrics& metrics_;
  const Counter local_total_;
  const Counter share_total_;
  mutable Mutex mutex_;
  // The one that placed last is first.
  std::list<std::string> order_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, Sums> sums_ GUARDED_BY(mutex_);
};

}  // namespace locus::extender
