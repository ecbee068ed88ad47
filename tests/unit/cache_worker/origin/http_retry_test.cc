#include "cache_worker/origin/http_retry.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

std::optional<Duration> Asked(const std::string& value, int64_t now = 784111777) {
  HttpResponse response;
  if (!value.empty()) response.headers["retry-after"] = value;
  return AskedPause(response, WallTime(std::chrono::seconds(now)), 60s);
}

}  // namespace

TEST_CASE("only what passes by itself is asked for again", "[origin]") {
  for (const int status : {429, 500, 502, 503, 504}) CHECK(IsPassingStatus(status));
  for (const int status : {200, 206, 301, 400, 401, 403, 404, 412, 416, 501, 505}) CHECK_FALSE(IsPassingStatus(status));
}

TEST_CASE("Retry-After is seconds or a date, and cut", "[origin]") {
  CHECK(Asked("7") == Duration(7s));
  CHECK(Asked("0") == Duration(0s));
  CHECK(Asked("3600") == Duration(60s));
  CHECK(Asked("Sun, 06 Nov 1994 08:49:47 GMT") == Duration(10s));
  CHECK(Asked("Sun, 06 Nov 1994 08:49:17 GMT") == Duration(0s));
  CHECK(Asked("Sun, 06 Nov 2094 08:49:17 GMT") == Duration(60s));
  for (const char* other : {"", "soon", "-1", "1.5", "99999999999999"}) CHECK_FALSE(Asked(other));
}
