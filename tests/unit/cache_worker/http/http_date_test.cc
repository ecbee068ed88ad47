#include "cache_worker/http/http_date.h"

#include <catch2/catch.hpp>
#include <string>

using namespace locus::worker;

namespace {

// `date -u -d "1994-11-06 08:49:37" +%s`: the moment of all examples in RFC 9110, section 5.6.7.
constexpr int64_t kExample = 784111777;
constexpr int64_t kNow = 1764201600;  // 2025-11-27

}  // namespace

TEST_CASE("the three forms of RFC 9110 name the same moment", "[http]") {
  CHECK(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT", kNow) == kExample);
  CHECK(ParseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT", kNow) == kExample);
  CHECK(ParseHttpDate("Sun Nov  6 08:49:37 1994", kNow) == kExample);
  CHECK(FormatHttpDate(kExample) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("dates are written as `date -u` writes them", "[http]") {
  CHECK(FormatHttpDate(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(FormatHttpDate(-1) == "Wed, 31 Dec 1969 23:59:59 GMT");
  CHECK(FormatHttpDate(951782400) == "Tue, 29 Feb 2000 00:00:00 GMT");
  CHECK(FormatHttpDate(4102444799) == "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST_CASE("a year of two digits is not more than fifty years away", "[http]") {
  // 2075 is 50 years after 2025, 2076 is 51.
  CHECK(ParseHttpDate("Friday, 01-Jan-75 00:00:00 GMT", kNow) == 3313526400);
  CHECK(ParseHttpDate("Thursday, 01-Jan-76 00:00:00 GMT", kNow) == 189302400);
}

TEST_CASE("a leap second is a moment, and a day that does not exist is none", "[http]") {
  CHECK(ParseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", kNow) == 1483228800);
  CHECK(ParseHttpDate("Mon, 29 Feb 2016 00:00:00 GMT", kNow).has_value());
  for (const char* text :
       {"Wed, 29 Feb 2017 00:00:00 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT"}) {
    INFO(text);
    CHECK_FALSE(ParseHttpDate(text, kNow));
  }
}

TEST_CASE("text that is no date is none", "[http]") {
  for (const char* text :
       {"", "0", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 19999 08:49:37 GMT"}) {
    INFO(text);
    CHECK_FALSE(ParseHttpDate(text, kNow));
  }
}
