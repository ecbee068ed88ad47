#include "extender/http/asked_pod.h"

namespace locus::extender {

AskedPod Understand(const PodArgs& pod, const ClusterView& cluster) {
  AskedPod asked;
  AnnotationTexts texts = pod.annotations;
  std::optional<OwnedAnnotations> inherited;
  const bool may_inherit = !pod.application.empty() || !pod.owners.empty();
  if (may_inherit && pod.role != "driver") {
    inherited = cluster.DriverAnnotations(pod.namespace_name, pod.application, pod.owners);
  }
  if (inherited) {
    for (size_t i = 0; i < kAnnotations; ++i) {
      // Templates render what is not set as an empty text.
      const bool own = texts[i] && texts[i]->find_first_not_of(" \t\r\n") != std::string_view::npos;
      if (!own && (*inherited)[i]) texts[i] = *(*inherited)[i];
    }
  }
  if (!texts[static_cast<size_t>(Annotation::kInputs)]) return asked;
  asked.ours = true;
  asked.wishes = ParseAnnotations(texts);
  const auto& group = texts[static_cast<size_t>(Annotation::kGroup)];
  asked.group = GroupOf(pod.namespace_name, group.value_or(std::string_view()), pod.application, pod.role,
                        pod.resource_profile, pod.controller, pod.uid);
  return asked;
}

}  // namespace locus::extender
