// A Node's JSON (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/).
#pragma once

#include <string>

#include "kube/json_value.h"
#include "kube/objects.h"

namespace locus::kube {

// Fills `node`, which is fresh; returns metadata.resourceVersion. Throws as kube/json_value.h says.
std::string ReadNode(JsonValue value, Node* node);

}  // namespace locus::kube
