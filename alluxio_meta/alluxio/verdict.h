// What a failed call says of the connection it was made on. Pure but for gRPC's status.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"

namespace locus::meta {

enum class Verdict {
  // The master has answered: pass it on.
  kAnswer,
  // The connection is of no use any more: leave it, and pass the error on.
  kLeave,
  // The same, and the question may do well on the next one.
  kRetry,
};

Verdict Judge(const grpc::Status& status);

// An answer was larger than we take.
bool TooLargeForUs(const grpc::Status& status);

// In the words of master.h: "<master>: <what>: text".
absl::Status FromMaster(const grpc::Status& status, const std::string& master, const std::string& what);

}  // namespace locus::meta
