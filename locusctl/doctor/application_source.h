// Where running applications are asked for: locus-meta in production, a fake in tests.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "proto/locus/v1/application.pb.h"

namespace locus::ctl {

// Not thread-safe. Every call is bounded by the time-out of the implementation.
class ApplicationSource {
 public:
  virtual ~ApplicationSource() = default;
  // HOST:PORT, for messages.
  virtual std::string address() const = 0;
  // NOT_FOUND: no such application or pod; FAILED_PRECONDITION: locus-meta has no API server; UNIMPLEMENTED: it is an
  // older one; UNAVAILABLE or DEADLINE_EXCEEDED: not reached in time.
  virtual absl::StatusOr<v1::Application> Describe(const v1::DescribeApplicationRequest& request) = 0;
};

}  // namespace locus::ctl
