// Where a bucket is: the two styles of S3's URLs.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace locus::worker {

struct S3Address {
  // http(s)://host[:port]: where requests go.
  std::string server;
  // The header Host: without the port where the scheme implies it.
  std::string host;
  // Before the key: "/", or "/bucket/".
  std::string path_prefix;
};

// `endpoint`: http(s)://host[:port]; empty: Amazon's of `region`. INVALID_ARGUMENT: it is something else, or the bucket
// cannot be part of a host name.
absl::StatusOr<S3Address> S3AddressOf(std::string_view endpoint, std::string_view region, std::string_view bucket,
                                      bool path_style);

}  // namespace locus::worker
