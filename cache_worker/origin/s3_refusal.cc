#include "cache_worker/origin/s3_refusal.h"

#include <string_view>

#include "common/status.h"

namespace locus::worker {
namespace {

struct Explanation {
  std::string_view code;
  std::string_view what_to_do;
};

// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
constexpr Explanation kExplanations[] = {
    {"InvalidAccessKeyId",
     "it does not know the access key: check credentials_file (or AWS_ACCESS_KEY_ID) and endpoint"},
    // versitygw's word for it, with status 404.
    {"XAdminUserNotFound",
     "it does not know the access key: check credentials_file (or AWS_ACCESS_KEY_ID) and endpoint"},
    {"SignatureDoesNotMatch",
     "the secret key is not that of the access key: check credentials_file (or "
     "AWS_SECRET_ACCESS_KEY); a proxy that changes requests does this too"},
    {"AccessDenied",
     "the credentials may not do this: they need s3:GetObject and s3:ListBucket (without the latter a "
     "missing key is refused too)"},
    {"AllAccessDisabled", "access to this bucket is switched off"},
    {"ExpiredToken", "the session token has expired: renew credentials_file; it is read anew at each request"},
    {"InvalidToken", "the session token is not valid: check aws_session_token"},
    {"NoSuchBucket", "there is no such bucket: check bucket, endpoint and path_style"},
    {"InvalidBucketName", "the bucket's name is not valid: check bucket"},
    {"InvalidObjectState", "the object is archived: it has to be restored before it can be read"},
};

std::string_view RightRegion(const HttpResponse& response, const std::optional<S3Error>& error) {
  if (error && !error->region.empty()) return error->region;
  return response.Header("x-amz-bucket-region");
}

}  // namespace

absl::Status S3Refusal(const S3Place& place, const std::string& path, const HttpResponse& response,
                       const std::optional<S3Error>& error, const std::string& now) {
  const std::string code = error ? error->code : "";
  if (code == "NoSuchKey" || (code.empty() && response.status == 404)) {
    return NotFound("no such file at the under-store: '" + path + "'");
  }
  const std::string answer = place.server + " answered " + std::to_string(response.status) +
                             (code.empty() ? "" : " " + code) + " for '" + path + "' in bucket '" + place.bucket + "'";
  for (const Explanation& known : kExplanations) {
    if (known.code == code) return Unavailable(answer + ": " + std::string(known.what_to_do));
  }
  if (code == "RequestTimeTooSkewed") {
    return Unavailable(answer + ": this machine's clock says " + now + ", the server's " + error->server_time +
                       ", and more than 15 minutes apart it takes no signature: set the clock right (NTP)");
  }
  const std::string_view region = RightRegion(response, error);
  if (!region.empty() && region != place.region) {
    return Unavailable(answer + ": the bucket is in region '" + std::string(region) + "', not '" + place.region +
                       "': set region");
  }
  if (response.status >= 300 && response.status < 400) {
    const std::string to =
        error && !error->endpoint.empty() ? error->endpoint : std::string(response.Header("location").substr(0, 300));
    return Unavailable(answer + ": the bucket is elsewhere" + (to.empty() ? "" : " (" + to + ")") +
                       ": check endpoint and region");
  }
  if (response.status == 401 || response.status == 403) {
    return Unavailable(answer + ": check the credentials, and what they may read");
  }
  return Unavailable(answer + (error ? ": " + error->message.substr(0, 300) : ""));
}

}  // namespace locus::worker
