// The steps of a start, all of which are tried: an operator sees every problem at once.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/status.h"

namespace locus::meta {

// Not thread-safe.
class Start {
 public:
  void Step(const absl::Status& status) {
    if (!status.ok()) problems_ += "locus-meta: " + MessageOf(status) + "\n";
  }
  // A line for each; empty: none.
  const std::string& problems() const { return problems_; }

 private:
  std::string problems_;
};

}  // namespace locus::meta
