// Lists of resources: status.allocatable, resources.requests, overhead.
#pragma once

#include "kube/json_value.h"
#include "kube/objects.h"

namespace locus::kube {

// Names and quantities. Throws as kube/json_value.h says.
Resources ReadResources(JsonValue value);

}  // namespace locus::kube
