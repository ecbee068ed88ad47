#include "cache_worker/origin/s3_refusal.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::worker;

namespace {

absl::Status Refusal(int status, const std::string& code, const std::string& more = "",
                     std::map<std::string, std::string, std::less<>> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  if (!code.empty()) response.error_text = "<Error><Code>" + code + "</Code>" + more + "</Error>";
  return S3Refusal({"https://s3", "lake", "us-east-1"}, "/a", response, ParseS3Error(response.error_text),
                   "20260101T000000Z");
}

bool Has(const absl::Status& status, const std::string& part) {
  INFO(MessageOf(status));
  return MessageOf(status).find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("only a missing key is a missing file", "[origin]") {
  CHECK(absl::IsNotFound(Refusal(404, "NoSuchKey")));
  CHECK(absl::IsNotFound(Refusal(404, "")));
  // Blocks of a file that is not found are dropped: a missing bucket must not look like that.
  CHECK(absl::IsUnavailable(Refusal(404, "NoSuchBucket")));
  CHECK(Has(Refusal(404, "NoSuchBucket"), "check bucket, endpoint and path_style"));
  // Met with versitygw 1.8, where the access key is not known.
  CHECK(absl::IsUnavailable(Refusal(404, "XAdminUserNotFound")));
}

TEST_CASE("refused credentials are told with what to check", "[origin]") {
  CHECK(Has(Refusal(403, "InvalidAccessKeyId"), "does not know the access key"));
  CHECK(Has(Refusal(403, "SignatureDoesNotMatch"), "secret key"));
  CHECK(Has(Refusal(403, "AccessDenied"), "s3:ListBucket"));
  CHECK(Has(Refusal(400, "ExpiredToken"), "renew"));
  CHECK(Has(Refusal(403, ""), "check the credentials"));
  for (const char* code : {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "ExpiredToken", ""}) {
    CHECK(absl::IsUnavailable(Refusal(403, code)));
  }
}

TEST_CASE("a wrong clock is told with both times", "[origin]") {
  const absl::Status status = Refusal(403, "RequestTimeTooSkewed", "<ServerTime>2026-01-01T01:00:00Z</ServerTime>");
  CHECK(Has(status, "20260101T000000Z"));
  CHECK(Has(status, "2026-01-01T01:00:00Z"));
  CHECK(Has(status, "clock"));
}

TEST_CASE("another region is told by name, from body or header", "[origin]") {
  CHECK(Has(Refusal(400, "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>"), "region 'eu-central-1'"));
  CHECK(Has(Refusal(301, "", "", {{"x-amz-bucket-region", "eu-west-1"}}), "region 'eu-west-1'"));
  CHECK(Has(Refusal(301, "PermanentRedirect", "<Endpoint>lake.s3.other</Endpoint>"), "lake.s3.other"));
  CHECK(Has(Refusal(307, "", "", {{"location", "https://x"}}), "https://x"));
}

TEST_CASE("any other refusal has its code and the server's words", "[origin]") {
  const absl::Status status = Refusal(400, "InvalidArgument", "<Message>Bad value</Message>");
  CHECK(absl::IsUnavailable(status));
  CHECK(MessageOf(status) == "https://s3 answered 400 InvalidArgument for '/a' in bucket 'lake': Bad value");
}
