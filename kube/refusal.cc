#include "kube/refusal.h"

#include "common/status.h"
#include "kube/retry_after.h"

namespace locus::kube {
namespace {

absl::Status FromCode(int code, const std::string& what, const Advice& advice) {
  switch (code) {
    case 400:
    case 405:
    case 413:
    case 415:
    case 422: return InvalidArgument(what + ": " + advice.malformed);
    case 401:
      return absl::UnauthenticatedError(
          what + ": it does not know us; check token and client certificate, which may have expired");
    case 403: return absl::PermissionDeniedError(what + ": " + advice.forbidden);
    case 404: return NotFound(what + ": " + advice.missing);
    case 409: return absl::AbortedError(what);
    case 410: return absl::OutOfRangeError(what);
    default: return Unavailable(what);
  }
}

}  // namespace

absl::Status Refused(const Refusal& refusal, const std::string& server, const Advice& advice) {
  const std::string told = refusal.message.empty() ? "" : " (" + refusal.message + ")";
  // kube-apiserver takes it for an attempt to change the uid, and answers 422.
  const int code = refusal.other_uid ? 409 : refusal.code;
  return FromCode(code, "the API server at " + server + " answered " + std::to_string(refusal.code) + told, advice);
}

absl::Status Refused(const HttpAnswer& answer, const std::string& server, const Advice& advice) {
  Refusal refusal = ParseRefusal(answer.body);
  refusal.code = answer.status;
  absl::Status status = Refused(refusal, server, advice);
  if (answer.retry_after > Duration(0)) SetRetryAfter(&status, answer.retry_after);
  return status;
}

}  // namespace locus::kube
