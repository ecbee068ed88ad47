#include "cache_worker/http/replies.h"

#include <catch2/catch.hpp>

using namespace locus::worker;

TEST_CASE("each code has its HTTP status", "[http]") {
  CHECK(HttpStatusOf(absl::NotFoundError("")) == 404);
  CHECK(HttpStatusOf(absl::InvalidArgumentError("")) == 400);
  CHECK(HttpStatusOf(absl::OutOfRangeError("")) == 416);
  // What another try may mend.
  CHECK(HttpStatusOf(absl::UnavailableError("")) == 503);
  CHECK(HttpStatusOf(absl::ResourceExhaustedError("")) == 503);
  CHECK(HttpStatusOf(absl::AbortedError("")) == 503);
  CHECK(HttpStatusOf(absl::CancelledError("")) == 503);
  CHECK(HttpStatusOf(absl::DeadlineExceededError("")) == 503);
  CHECK(HttpStatusOf(absl::InternalError("")) == 500);
  CHECK(HttpStatusOf(absl::DataLossError("")) == 500);
}

TEST_CASE("an error is one line of JSON, whatever its text is", "[http]") {
  CHECK(ErrorJson(absl::NotFoundError("no such path")) == "{\"code\":\"NOT_FOUND\",\"message\":\"no such path\"}\n");
  CHECK(ErrorJson("X", "a\"b\\c\n\x01") == "{\"code\":\"X\",\"message\":\"a\\\"b\\\\c\\n\\u0001\"}\n");
  // Bytes that are no UTF-8 become the replacement character.
  CHECK(ErrorJson("X", "\xFF") == "{\"code\":\"X\",\"message\":\"\\ufffd\"}\n");
}
