// Where decisions are asked for: the extender's HTTP side in production, a fake in tests.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace locus::ctl {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// Not thread-safe. Every call is bounded in time and size by the implementation.
class DecisionSource {
 public:
  virtual ~DecisionSource() = default;
  // URL, for messages.
  virtual std::string address() const = 0;
  // `target` is path and query, percent-encoded, starting with '/'. UNAVAILABLE: no whole answer in time, with the
  // reason.
  virtual absl::StatusOr<HttpAnswer> Get(const std::string& target) = 0;
};

}  // namespace locus::ctl
