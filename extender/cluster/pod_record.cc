#include "extender/cluster/pod_record.h"

#include <algorithm>
#include <utility>

#include "extender/cluster/cluster_view.h"

namespace locus::extender {
namespace {

constexpr const char* kApplicationLabel = "spark-app-selector";
constexpr const char* kRoleLabel = "spark-role";
constexpr const char* kProfileLabel = "spark-exec-resourceprofile-id";

// The value is moved out of `texts`.
std::string Take(std::map<std::string, std::string>& texts, std::string_view key) {
  const auto found = texts.find(std::string(key));
  return found == texts.end() ? std::string() : std::move(found->second);
}

std::string NameOf(size_t annotation) {
  return std::string(kAnnotationPrefix) + std::string(kAnnotationNames[annotation]);
}

bool IsPod(const kube::Owner& owner) { return owner.kind == "Pod" && !owner.uid.empty(); }

bool IsOurGate(const std::string& gate) { return gate == kGateName; }

// Null when there is none.
std::shared_ptr<const OwnedAnnotations> TakeAnnotations(std::map<std::string, std::string>& texts) {
  OwnedAnnotations own;
  bool any = false;
  for (size_t i = 0; i < kAnnotations; ++i) {
    const auto found = texts.find(NameOf(i));
    if (found == texts.end()) continue;
    own[i] = std::move(found->second);
    any = true;
  }
  return any ? std::make_shared<const OwnedAnnotations>(std::move(own)) : nullptr;
}

}  // namespace

bool DriverFace::operator==(const DriverFace& other) const {
  if (driver != other.driver || deleted != other.deleted || created != other.created) return false;
  if (application != other.application || (own == nullptr) != (other.own == nullptr)) return false;
  return own == nullptr || *own == *other.own;
}

bool MayBeOurs(const kube::Pod& pod) {
  const auto inputs = pod.annotations.find(NameOf(static_cast<size_t>(Annotation::kInputs)));
  if (inputs != pod.annotations.end() && !IsBlank(inputs->second)) return true;
  return pod.labels.count(kApplicationLabel) > 0 || std::any_of(pod.owners.begin(), pod.owners.end(), IsPod) ||
         std::any_of(pod.gates.begin(), pod.gates.end(), IsOurGate);
}

void Show(PodRecord& record, kube::Pod&& pod) {
  record.seen = true;
  record.space = std::move(pod.space);
  record.name = std::move(pod.name);
  record.uid = std::move(pod.uid);
  record.scheduler = std::move(pod.scheduler);
  record.role = Take(pod.labels, kRoleLabel);
  record.resource_profile = Take(pod.labels, kProfileLabel);
  record.controller_uid.clear();
  record.owners.clear();
  for (kube::Owner& owner : pod.owners) {
    if (IsPod(owner)) record.owners.push_back(PodIdOf(owner.uid));
    if (owner.controller) record.controller_uid = std::move(owner.uid);
  }
  record.face.application = Take(pod.labels, kApplicationLabel);
  record.face.driver = record.role == "driver" && !record.face.application.empty();
  record.face.deleted = pod.deleted;
  record.face.created = pod.created;
  record.planned_node = Take(pod.annotations, kPlannedNodeAnnotation);
  record.wake = Take(pod.annotations, kWakeAnnotation);
  record.face.own = TakeAnnotations(pod.annotations);
  const auto ours = static_cast<size_t>(std::count_if(pod.gates.begin(), pod.gates.end(), IsOurGate));
  record.gated = ours > 0;
  record.other_gates = ours < pod.gates.size();
  record.requests = Requests(pod.requests);
  record.constraints = std::make_unique<const kube::PodConstraints>(std::move(pod.constraints));
}

bool IsBlank(const std::optional<std::string>& text) {
  return !text || text->find_first_not_of(" \t\r\n") == std::string::npos;
}

bool HasInputs(const OwnedAnnotations& annotations) {
  return !IsBlank(annotations[static_cast<size_t>(Annotation::kInputs)]);
}

OwnedAnnotations Merge(const OwnedAnnotations* own, const OwnedAnnotations* driver) {
  if (own == nullptr) return driver == nullptr ? OwnedAnnotations() : *driver;
  OwnedAnnotations merged = *own;
  for (size_t i = 0; driver != nullptr && i < kAnnotations; ++i) {
    if (IsBlank(merged[i])) merged[i] = (*driver)[i];
  }
  return merged;
}

}  // namespace locus::extender
