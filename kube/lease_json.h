// A Lease as JSON (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kube/writer.h"

namespace locus::kube {

// Of coordination.k8s.io/v1. Durations are whole seconds, at least 1, rounded up; times of 0 are left out.
std::string LeaseJson(const std::string& space, const std::string& name, const Lease& lease);

// INVALID_ARGUMENT for what is no Lease with a resource version. Fields that are absent are empty.
absl::StatusOr<Lease> ParseLease(std::string_view json);

}  // namespace locus::kube
