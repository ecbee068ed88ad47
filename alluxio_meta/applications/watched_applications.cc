#include "alluxio_meta/applications/watched_applications.h"

namespace locus::meta {

Identification WatchedApplications::Identify(std::string_view address, std::string_view dialled) const {
  MutexLock lock(mutex_);
  return table_.Identify(address, dialled);
}

std::vector<std::shared_ptr<const Application>> WatchedApplications::All(std::string_view space) const {
  MutexLock lock(mutex_);
  return table_.All(space);
}

std::vector<std::shared_ptr<const Application>> WatchedApplications::Find(std::string_view space,
                                                                          std::string_view id) const {
  MutexLock lock(mutex_);
  return table_.Find(space, id);
}

std::vector<std::shared_ptr<const Application>> WatchedApplications::OfPod(std::string_view space,
                                                                           std::string_view pod) const {
  MutexLock lock(mutex_);
  return table_.OfPod(space, pod);
}

ApplicationCounts WatchedApplications::counts() const {
  MutexLock lock(mutex_);
  return table_.counts();
}

std::optional<Duration> WatchedApplications::Age() const {
  const SteadyTime now = clock_.Now();
  MutexLock lock(mutex_);
  if (!heard_) return std::nullopt;
  return now - *heard_;
}

void WatchedApplications::Begin() {
  MutexLock lock(mutex_);
  table_.Begin();
}

void WatchedApplications::Page(std::vector<kube::Pod> pods) {
  MutexLock lock(mutex_);
  for (const kube::Pod& pod : pods) table_.Put(pod);
}

void WatchedApplications::End() {
  MutexLock lock(mutex_);
  table_.End();
}

void WatchedApplications::Event(kube::WatchEvent<kube::Pod> event) {
  MutexLock lock(mutex_);
  if (event.present) {
    table_.Put(event.object);
  } else {
    table_.Remove(event.object.space, event.object.name);
  }
}

void WatchedApplications::Heard() {
  const SteadyTime now = clock_.Now();
  MutexLock lock(mutex_);
  heard_ = now;
}

}  // namespace locus::meta
