// A gate's action as a strategic merge patch
// (https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/).
#pragma once

#include <string>

#include "extender/gate/gate_action.h"

namespace locus::extender {

// kOpen and kWake. It names the pod's uid, so that another pod of the same name is refused, and of its gates only ours:
// spec.schedulingGates is merged by name. Opening twice changes nothing.
std::string PatchOf(const GateAction& action);

}  // namespace locus::extender
