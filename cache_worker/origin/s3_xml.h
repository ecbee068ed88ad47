// What S3 writes in XML: pages of listings, and errors.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and ErrorResponses.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::worker {

struct S3Object {
  std::string key;
  uint64_t size = 0;
  // Seconds since 1970.
  int64_t modified_s = 0;
  // As it stands there.
  std::string etag;
};

struct S3Page {
  std::vector<S3Object> objects;
  // With a delimiter: what keys that hold it further on have in common, up to it.
  std::vector<std::string> prefixes;
  // Empty: this is the last page.
  std::string next_token;
};

// Keys are decoded where the answer says that they are encoded. INVALID_ARGUMENT: it is no such page, or an object in
// it lacks a size or a time that can be read.
absl::StatusOr<S3Page> ParseS3Page(std::string_view xml);

// What stands in an error; what does not is empty.
struct S3Error {
  std::string code;
  std::string message;
  // The right one, of AuthorizationHeaderMalformed and redirects.
  std::string region;
  std::string endpoint;
  // The server's clock, of RequestTimeTooSkewed.
  std::string server_time;
};

// Nothing: it is no error of S3's.
std::optional<S3Error> ParseS3Error(std::string_view xml);

}  // namespace locus::worker
