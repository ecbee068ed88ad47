// What an S3 server's refusals mean, and what to do about them.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "cache_worker/origin/http_exchange.h"
#include "cache_worker/origin/s3_xml.h"

namespace locus::worker {

// For messages.
struct S3Place {
  std::string server;
  std::string bucket;
  std::string region;
};

// The status of an answer other than 200 and 206. NOT_FOUND: there is no such key. Else UNAVAILABLE, with what to
// check: wrong credentials and a missing bucket are no fault of the reader's, and pass when the operator mends them.
// `now`: of this machine, for a clock that is wrong. Pure.
absl::Status S3Refusal(const S3Place& place, const std::string& path, const HttpResponse& response,
                       const std::optional<S3Error>& error, const std::string& now);

}  // namespace locus::worker
