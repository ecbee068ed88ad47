#include "extender/cluster/driver_index.h"

#include <algorithm>
#include <tuple>

namespace locus::extender {
namespace {

// Neither part may hold a slash.
std::string KeyOf(std::string_view space, std::string_view application) {
  std::string key;
  key.reserve(space.size() + 1 + application.size());
  return key.append(space).append("/").append(application);
}

bool HasOwnInputs(const PodRecord& pod) { return pod.face.own != nullptr && HasInputs(*pod.face.own); }

bool Better(const PodRecord& a, const PodRecord& b) {
  return std::tuple(!a.face.deleted, a.face.created, std::string_view(a.uid)) >
         std::tuple(!b.face.deleted, b.face.created, std::string_view(b.uid));
}

}  // namespace

void DriverIndex::Add(PodRecord* pod) {
  if (!pod->face.application.empty()) {
    Application& application = applications_[KeyOf(pod->space, pod->face.application)];
    application.members.insert(pod);
    if (pod->face.driver) application.drivers.push_back(pod);
  }
  for (const PodId& owner : pod->owners) owned_[owner].insert(pod);
  if (HasOwnInputs(*pod)) annotated_[pod->id] = pod;
}

void DriverIndex::Remove(PodRecord* pod) {
  const auto application = applications_.find(KeyOf(pod->space, pod->face.application));
  if (application != applications_.end() && application->second.members.erase(pod) > 0) {
    std::erase(application->second.drivers, pod);
    if (application->second.members.empty()) applications_.erase(application);
  }
  for (const PodId& owner : pod->owners) {
    const auto owned = owned_.find(owner);
    // An owner may be named twice.
    if (owned == owned_.end()) continue;
    owned->second.erase(pod);
    if (owned->second.empty()) owned_.erase(owned);
  }
  annotated_.erase(pod->id);
}

const PodRecord* DriverIndex::Find(std::string_view space, std::string_view application,
                                   const std::vector<PodId>& owners, const PodRecord* self) const {
  for (const PodId& owner : owners) {
    const auto found = annotated_.find(owner);
    if (found != annotated_.end() && found->second != self && found->second->space == space) return found->second;
  }
  if (application.empty()) return nullptr;
  const auto found = applications_.find(KeyOf(space, application));
  if (found == applications_.end()) return nullptr;
  const PodRecord* best = nullptr;
  for (const PodRecord* driver : found->second.drivers) {
    if (driver == self || !HasOwnInputs(*driver)) continue;
    if (best == nullptr || Better(*driver, *best)) best = driver;
  }
  return best;
}

const PodRecord* DriverIndex::Find(const PodRecord& pod) const {
  return pod.role == "driver" ? nullptr : Find(pod.space, pod.face.application, pod.owners, &pod);
}

std::vector<PodRecord*> DriverIndex::Heirs(const PodRecord& driver, const DriverFace& face) const {
  Pods heirs;
  const auto owned = owned_.find(driver.id);
  if (owned != owned_.end()) heirs.insert(owned->second.begin(), owned->second.end());
  if (face.driver) {
    const auto found = applications_.find(KeyOf(driver.space, face.application));
    if (found != applications_.end()) heirs.insert(found->second.members.begin(), found->second.members.end());
  }
  std::vector<PodRecord*> others;
  for (PodRecord* heir : heirs) {
    if (heir != &driver) others.push_back(heir);
  }
  return others;
}

}  // namespace locus::extender
