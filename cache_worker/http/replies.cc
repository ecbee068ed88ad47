#include "cache_worker/http/replies.h"

#include <nlohmann/json.hpp>

#include "common/status.h"

namespace locus::worker {

int HttpStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk: return 200;
    case absl::StatusCode::kNotFound: return 404;
    case absl::StatusCode::kInvalidArgument: return 400;
    case absl::StatusCode::kOutOfRange: return 416;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded: return 503;
    default: return 500;
  }
}

std::string ErrorJson(const std::string& code, const std::string& message) {
  const nlohmann::ordered_json document = {{"code", code}, {"message", message}};
  return document.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string ErrorJson(const absl::Status& status) {
  return ErrorJson(absl::StatusCodeToString(status.code()), MessageOf(status));
}

}  // namespace locus::worker
