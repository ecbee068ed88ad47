#include "extender/cluster/cluster_view.h"

namespace locus::extender {
namespace {

// Kubernetes allows it in no namespace, label value or uid. A group's own name may hold it, and comes last.
constexpr char kSeparator = '/';
constexpr std::string_view kLone = "pod";

template <typename... Parts>
GroupKey Join(std::string_view kind, Parts... parts) {
  GroupKey key(kind);
  ((key += kSeparator, key += parts), ...);
  return key;
}

}  // namespace

GroupKey GroupOf(std::string_view space, std::string_view group_annotation, std::string_view application,
                 std::string_view role, std::string_view resource_profile, std::string_view controller_uid,
                 std::string_view pod_uid) {
  if (!group_annotation.empty() && role != "driver") {
    AnnotationTexts texts;
    texts[static_cast<size_t>(Annotation::kGroup)] = group_annotation;
    const std::string name = ParseAnnotations(texts).group;
    if (!name.empty()) return Join("group", space, std::string_view(name));
  }
  if (role == "executor" && !application.empty()) return Join("spark", space, application, resource_profile);
  if (!controller_uid.empty()) return Join("owner", space, controller_uid);
  return Join(kLone, space, pod_uid);
}

bool IsLone(std::string_view group) { return group.substr(0, group.find(kSeparator)) == kLone; }

}  // namespace locus::extender
