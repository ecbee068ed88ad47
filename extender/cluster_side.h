// Everything of the extender that has to do with the API server, made and ended together.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/grpc_server.h"
#include "common/metrics.h"
#include "extender/cluster/cluster_view.h"
#include "extender/explain/application_share.h"
#include "extender/explain/condition.h"
#include "extender/explain/decision_listener.h"
#include "extender/explain/decision_ring.h"
#include "extender/gate/refusal_rule.h"
#include "extender/locality/locality_view.h"
#include "proto/config/v1/extender.pb.h"

namespace locus::extender {

// What main reads from the process.
struct ClusterSideEnvironment {
  uint64_t seed = 0;
  // KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, the machine's name.
  std::string kube_host;
  std::string kube_port;
  std::string host_name;
  // How locus-meta and workers are reached.
  ChannelSecurity to_metadata{};
  ChannelSecurity to_workers{};
};

// Watches of nodes and pods, the gate with its election, events. Without an API server in the configuration all of it
// is there and knows nothing.
class ClusterSide {
 public:
  // INVALID_ARGUMENT names the field. What is passed must outlive it.
  static absl::StatusOr<std::unique_ptr<ClusterSide>> Create(const config::v1::Extender& config,
                                                             const ClusterSideEnvironment& environment,
                                                             LocalityView& locality, const DecisionRing& ring,
                                                             const Clock& clock, Metrics& metrics);
  // Stops.
  virtual ~ClusterSide() = default;

  virtual ClusterView& cluster() = 0;
  virtual RefusalRule& refusals() = 0;
  virtual DecisionListener& listener() = 0;

  // Once, in this order.
  virtual void Start() = 0;
  virtual void Stop() = 0;
  // For people, of /readyz: "synced", or what is wrong.
  virtual std::string Condition() const = 0;
  // The same for programs.
  virtual ClusterCondition Facts() const = 0;
  // How local the applications' pods are that were bound; at most `limit`, those of the newest pods first. Empty
  // without an API server, as nobody tells of bindings then.
  virtual std::vector<ApplicationShare> Applications(size_t limit) const = 0;
};

}  // namespace locus::extender
