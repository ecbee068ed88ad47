// Signature Version 4, for requests without a body.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cache_worker/origin/s3_credentials.h"

namespace locus::worker {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// SHA-256 of nothing: x-amz-content-sha256 of every request here.
inline constexpr const char* kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct RequestToSign {
  std::string method;
  // Percent-encoded as it is sent; S3 encodes once.
  std::string path;
  // Not encoded, in any order.
  NamedValues query;
  // All of them are signed; names in lower case. Host and x-amz-date are among them.
  NamedValues headers;
};

// The query as it is signed: encoded, sorted, joined. Sent in this form too, nothing can differ.
std::string CanonicalQuery(const NamedValues& query);

// The value of the header Authorization. `amz_time`: the value of x-amz-date.
std::string Authorization(const RequestToSign& request, const S3Credentials& credentials, std::string_view region,
                          std::string_view service, std::string_view amz_time);

}  // namespace locus::worker
