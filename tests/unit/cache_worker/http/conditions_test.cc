#include "cache_worker/http/conditions.h"

#include <catch2/catch.hpp>
#include <string>

using namespace locus::worker;

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr int64_t kModified = 784111777;
constexpr int64_t kNow = kModified + 3600;
const char* const kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
const char* const kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
const char* const kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
const char* const kTag = "\"abc\"";

Verdict Of(const ConditionFields& fields, bool is_get = true, int64_t now = kNow) {
  return Judge(fields, {kTag, kModified}, 1000, is_get, now);
}
int StatusOf(const ConditionFields& fields, bool is_get = true) { return Of(fields, is_get).status; }

}  // namespace

TEST_CASE("without conditions the whole is given", "[http]") {
  const Verdict verdict = Of({});
  CHECK(verdict.status == 200);
  CHECK(verdict.begin == 0);
  CHECK(verdict.end == 1000);
}

// RFC 9110, 13.1.1 and 8.8.3.2: strong comparison.
TEST_CASE("If-Match compares strongly", "[http]") {
  ConditionFields fields;
  for (const auto& [value, status] : std::vector<std::pair<std::string, int>>{{"*", 200},
                                                                              {"\"abc\"", 200},
                                                                              {"\"x\", \"abc\"", 200},
                                                                              {"\"a,b\",\"abc\"", 200},
                                                                              {"W/\"abc\"", 412},
                                                                              {"\"x\"", 412},
                                                                              {"abc", 412},
                                                                              {"", 412}}) {
    INFO(value);
    fields.if_match = value;
    CHECK(StatusOf(fields) == status);
  }
}

// 13.1.2: weak comparison.
TEST_CASE("If-None-Match compares weakly, and answers 304 to GET and HEAD", "[http]") {
  ConditionFields fields;
  for (const auto& [value, status] : std::vector<std::pair<std::string, int>>{{"*", 304},
                                                                              {"\"abc\"", 304},
                                                                              {"W/\"abc\"", 304},
                                                                              {"\"x\", W/\"abc\"", 304},
                                                                              {"\"x\"", 200},
                                                                              {"w/\"abc\"", 200}}) {
    INFO(value);
    fields.if_none_match = value;
    CHECK(StatusOf(fields) == status);
    CHECK(StatusOf(fields, /*is_get=*/false) == status);
  }
}

TEST_CASE("dates are conditions too, by whole seconds", "[http]") {
  ConditionFields fields;
  fields.if_modified_since = kBefore;
  CHECK(StatusOf(fields) == 200);
  fields.if_modified_since = kDate;
  CHECK(StatusOf(fields) == 304);
  fields.if_modified_since = kAfter;
  CHECK(StatusOf(fields) == 304);
  fields = {};
  fields.if_unmodified_since = kBefore;
  CHECK(StatusOf(fields) == 412);
  fields.if_unmodified_since = kDate;
  CHECK(StatusOf(fields) == 200);
}

// 13.1.3, 13.1.4: a recipient ignores a field whose value is no valid HTTP-date.
TEST_CASE("a date that cannot be read is no condition", "[http]") {
  ConditionFields fields;
  fields.if_modified_since = "yesterday";
  fields.if_unmodified_since = "yesterday";
  CHECK(StatusOf(fields) == 200);
}

// 13.2.2.
TEST_CASE("tags go before dates, and preconditions before what may be cached", "[http]") {
  ConditionFields fields;
  fields.if_match = "*";
  fields.if_unmodified_since = kBefore;
  CHECK(StatusOf(fields) == 200);
  fields = {};
  fields.if_none_match = "\"x\"";
  fields.if_modified_since = kAfter;
  CHECK(StatusOf(fields) == 200);
  fields = {};
  fields.if_match = "\"x\"";
  fields.if_none_match = "*";
  CHECK(StatusOf(fields) == 412);
  fields = {};
  fields.if_none_match = "*";
  fields.range = "bytes=5000-";
  CHECK(StatusOf(fields) == 304);
}

TEST_CASE("a range is a part of GET, and nothing to HEAD", "[http]") {
  ConditionFields fields;
  fields.range = "bytes=10-19";
  const Verdict part = Of(fields);
  CHECK(part.status == 206);
  CHECK(part.begin == 10);
  CHECK(part.end == 20);
  CHECK(StatusOf(fields, /*is_get=*/false) == 200);
  fields.range = "bytes=1000-";
  CHECK(StatusOf(fields) == 416);
}

// 13.1.5.
TEST_CASE("If-Range lets the range count when the content is the same", "[http]") {
  ConditionFields fields;
  fields.range = "bytes=10-19";
  for (const auto& [value, status] : std::vector<std::pair<std::string, int>>{{"\"abc\"", 206},
                                                                              {" \"abc\" ", 206},
                                                                              {"W/\"abc\"", 200},
                                                                              {"\"x\"", 200},
                                                                              {"*", 200},
                                                                              {"", 200},
                                                                              {kDate, 206},
                                                                              {kBefore, 200},
                                                                              {kAfter, 200},
                                                                              {"yesterday", 200}}) {
    INFO(value);
    fields.if_range = value;
    CHECK(StatusOf(fields) == status);
  }
}

TEST_CASE("If-Range cannot make a range that lies outside wrong when the content is another", "[http]") {
  ConditionFields fields;
  fields.range = "bytes=5000-";
  fields.if_range = "\"x\"";
  CHECK(StatusOf(fields) == 200);
}

// 8.8.2.2: within the second, or with clocks that differ a little, two contents may share a date.
TEST_CASE("a date in If-Range needs a content that is a minute old", "[http]") {
  ConditionFields fields;
  fields.range = "bytes=10-19";
  fields.if_range = kDate;
  CHECK(Of(fields, true, kModified + 59).status == 200);
  CHECK(Of(fields, true, kModified + 60).status == 206);
}
