// How the API server says no, as a status.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "kube/https_client.h"
#include "kube/object_json.h"

namespace locus::kube {

// What to do about refusals that depend on what was asked.
struct Advice {
  // 400, 405, 413, 415, 422.
  std::string malformed;
  // 403.
  std::string forbidden;
  // 404.
  std::string missing;
};

// 401 UNAUTHENTICATED, 403 PERMISSION_DENIED, 404 NOT_FOUND, 409 and another object of the name ABORTED, 410
// OUT_OF_RANGE, those of `malformed` INVALID_ARGUMENT, all else UNAVAILABLE. `server` is its URL. A pause that the
// server has asked for goes along (kube/retry_after.h).
absl::Status Refused(const HttpAnswer& answer, const std::string& server, const Advice& advice);
// The same for a refusal in mid-stream.
absl::Status Refused(const Refusal& refusal, const std::string& server, const Advice& advice);

}  // namespace locus::kube
