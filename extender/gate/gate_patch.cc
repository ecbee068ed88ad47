#include "extender/gate/gate_patch.h"

#include <nlohmann/json.hpp>

#include "extender/cluster/cluster_view.h"

namespace locus::extender {

std::string PatchOf(const GateAction& action) {
  using Json = nlohmann::ordered_json;
  Json metadata = {{"uid", action.uid}};
  if (!action.node.empty()) metadata["annotations"][std::string(kPlannedNodeAnnotation)] = action.node;
  if (!action.wake.empty()) metadata["annotations"][std::string(kWakeAnnotation)] = action.wake;
  Json patch = {{"metadata", std::move(metadata)}};
  if (action.kind == GateAction::Kind::kOpen) {
    const Json gate = {{"$patch", "delete"}, {"name", std::string(kGateName)}};
    patch["spec"]["schedulingGates"] = Json::array({gate});
  }
  // Texts of ours and of the API server; what is no UTF-8 must not throw all the same.
  return patch.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace locus::extender
