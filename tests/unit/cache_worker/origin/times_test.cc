#include "cache_worker/origin/times.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::worker;

// The first example is RFC 9110's; its number is `date -u -d '1994-11-06 08:49:37' +%s`, as are the others below.
TEST_CASE("a date of HTTP is read", "[origin]") {
  CHECK(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK(ParseHttpDate("Thu, 29 Feb 2024 23:59:59 GMT") == 1709251199);
}

TEST_CASE("another text is no date of HTTP", "[origin]") {
  for (const char* text : {"", "0", "infinite-future", "Sun, 06 Nov 1994 08:49:37 CET", "Sun Nov  6 08:49:37 1994",
                           "Sun, 36 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    INFO(text);
    CHECK(!ParseHttpDate(text));
  }
}

TEST_CASE("a listing's time loses its fraction, as in headers", "[origin]") {
  CHECK(ParseIsoTime("2009-10-12T17:50:30.000Z") == 1255369830);
  CHECK(ParseIsoTime("2009-10-12T17:50:30.999Z") == 1255369830);
  CHECK(ParseIsoTime("2009-10-12T17:50:30Z") == 1255369830);
  CHECK(ParseIsoTime("2009-10-12T19:50:30+02:00") == 1255369830);
  for (const char* text : {"", "infinite-past", "2009-10-12", "2009-10-12T17:50:30"}) CHECK(!ParseIsoTime(text));
}

TEST_CASE("a time to sign is written in its compact form", "[origin]") {
  CHECK(FormatAmzTime(WallTime(std::chrono::seconds(1369353600))) == "20130524T000000Z");
}
