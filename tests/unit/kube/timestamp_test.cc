#include "kube/timestamp.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::kube;
using std::chrono::microseconds;
using std::chrono::seconds;

TEST_CASE("times are read in the notations of Time and MicroTime", "[kube]") {
  // Seconds as `date -u -d ... +%s` prints them.
  const WallTime whole{seconds(1769850300)};
  CHECK(ParseTimestamp("2026-01-31T09:05:00Z").value() == whole);
  CHECK(ParseTimestamp("2026-01-31T09:05:00.000001Z").value() == whole + microseconds(1));
  CHECK(ParseTimestamp("2026-01-31T09:05:00.5Z").value() == whole + microseconds(500'000));
  CHECK(ParseTimestamp("2026-01-31T10:05:00+01:00").value() == whole);
  CHECK(ParseTimestamp("2024-02-29T00:00:00Z").value() == WallTime(seconds(1709164800)));
  CHECK(ParseTimestamp("1970-01-01T00:00:00Z").value() == WallTime());
}

TEST_CASE("a time that nobody could hold is the last one", "[kube]") {
  CHECK(ParseTimestamp("9999-12-31T23:59:59Z").value() == WallTime::max());
}

TEST_CASE("what is no time is refused", "[kube]") {
  for (const char* text : {"", "now", "infinite-future", "2026-01-31", "2026-01-31T09:05:00", "2026-02-30T00:00:00Z",
                           "2026-01-31T25:00:00Z", "2026-01-31T09:05:00ZZ", "-1"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseTimestamp(text).ok());
  }
}

TEST_CASE("times are written with all six digits", "[kube]") {
  const WallTime whole{seconds(1769850300)};
  CHECK(FormatMicroTime(whole) == "2026-01-31T09:05:00.000000Z");
  CHECK(FormatMicroTime(whole + microseconds(1)) == "2026-01-31T09:05:00.000001Z");
  CHECK(FormatMicroTime(whole + std::chrono::nanoseconds(999'999'999)) == "2026-01-31T09:05:00.999999Z");
}
