// Where locality, workers and mounts are asked for: locus-meta in production, a fake in tests.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/locus/v1/locality.pb.h"

namespace locus::ctl {

// Not thread-safe. Every call is bounded by the time-out of the implementation.
class LocalitySource {
 public:
  virtual ~LocalitySource() = default;
  // HOST:PORT, for messages.
  virtual std::string address() const = 0;
  // UNAVAILABLE or DEADLINE_EXCEEDED: not reached in time; INVALID_ARGUMENT: the server refused the question.
  virtual absl::StatusOr<v1::GetLocalityResponse> GetLocality(const std::vector<std::string>& inputs) = 0;
  virtual absl::StatusOr<v1::ListWorkersResponse> ListWorkers() = 0;
  virtual absl::StatusOr<v1::ListMountsResponse> ListMounts() = 0;
};

}  // namespace locus::ctl
