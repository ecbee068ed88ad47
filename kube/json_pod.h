// A Pod's JSON (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).
#pragma once

#include <string>

#include "kube/json_value.h"
#include "kube/objects.h"

namespace locus::kube {

// Fills `pod`, which is fresh; returns metadata.resourceVersion. Throws as kube/json_value.h says.
std::string ReadPod(JsonValue value, Pod* pod);

}  // namespace locus::kube
