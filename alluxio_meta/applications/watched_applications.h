// The table of applications, kept up to date by a watch of pods.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "alluxio_meta/applications/application.h"
#include "alluxio_meta/applications/application_table.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "kube/objects.h"
#include "kube/reflector.h"

namespace locus::meta {

// Thread-safe. Until the first list is whole it knows what has come so far.
class WatchedApplications final : public ApplicationView, public kube::ReflectorSink<kube::Pod> {
 public:
  // `clock` must outlive it.
  WatchedApplications(size_t max_pods, const Clock& clock) : clock_(clock), table_(max_pods) {}

  // ---- ApplicationView
  Identification Identify(std::string_view address, std::string_view dialled) const override;

  // ---- for people: see ApplicationTable
  std::vector<std::shared_ptr<const Application>> All(std::string_view space) const;
  std::vector<std::shared_ptr<const Application>> Find(std::string_view space, std::string_view id) const;
  std::vector<std::shared_ptr<const Application>> OfPod(std::string_view space, std::string_view pod) const;
  ApplicationCounts counts() const;
  // Since the API server was last heard; absent before.
  std::optional<Duration> Age() const;

  // ---- kube::ReflectorSink
  void Begin() override;
  void Page(std::vector<kube::Pod> pods) override;
  void End() override;
  void Event(kube::WatchEvent<kube::Pod> event) override;
  void Heard() override;

 private:
  const Clock& clock_;
  mutable Mutex mutex_;
  ApplicationTable table_ GUARDED_BY(mutex_);
  std::optional<SteadyTime> heard_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
