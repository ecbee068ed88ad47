// The API server's objects, as far as they tell of an installation
// (https://kubernetes.io/docs/reference/kubernetes-api/).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "locusctl/installation/kube_facts.h"

namespace locus::ctl {

template <typename T>
struct KubePage {
  std::vector<T> items;
  // To be passed as `continue`; empty on the last page.
  std::string next;
};

// INVALID_ARGUMENT: it is something else.
absl::StatusOr<KubePage<NodeFact>> ParseNodes(const std::string& body);
absl::StatusOr<KubePage<PodFact>> ParsePods(const std::string& body);
// Those that are waiting since more than a minute before `now`, and that no scheduler has looked at.
absl::StatusOr<KubePage<std::string>> ParseIgnoredPods(const std::string& body, WallTime now);
absl::StatusOr<KubePage<LeaseFact>> ParseLeases(const std::string& body, WallTime now);
absl::StatusOr<LeaseFact> ParseLease(const std::string& body, WallTime now);
// Those of ConfigMaps, each key for itself.
absl::StatusOr<KubePage<SchedulerConfig>> ParseSchedulerConfigs(const std::string& body);
// Of MutatingAdmissionPolicies that speak of Locus; of bindings, the names of their policies.
absl::StatusOr<KubePage<std::string>> ParsePolicies(const std::string& body);
absl::StatusOr<KubePage<std::string>> ParsePolicyBindings(const std::string& body);
// "v1.36.3", of GET /version.
absl::StatusOr<std::string> ParseVersion(const std::string& body);

// A SubjectAccessReview for `account` (NAMESPACE/NAME), and whether its answer allows it.
struct ReviewedRight {
  std::string verb;
  std::string group;
  std::string resource;
  // Empty: in all namespaces.
  std::string space;
};
std::string ReviewJson(const std::string& account, const ReviewedRight& right);
absl::StatusOr<bool> ParseReview(const std::string& body);

}  // namespace locus::ctl
