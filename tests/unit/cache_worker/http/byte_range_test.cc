#include "cache_worker/http/byte_range.h"

#include <catch2/catch.hpp>
#include <string>

using namespace locus::worker;

namespace {

// "whole", "none", or first-last as Content-Range would name them.
std::string Meaning(const std::string& value, uint64_t length) {
  const ByteRange range = ParseRange(value, length);
  switch (range.kind) {
    case ByteRange::Kind::kWhole: return "whole";
    case ByteRange::Kind::kUnsatisfiable: return "none";
    case ByteRange::Kind::kPart: return std::to_string(range.begin) + "-" + std::to_string(range.end - 1);
  }
  return "?";
}

}  // namespace

// RFC 9110, 14.1.2: the examples, for a representation of 10,000 bytes.
TEST_CASE("the examples of RFC 9110 mean what it says", "[http]") {
  CHECK(Meaning("bytes=0-499", 10000) == "0-499");
  CHECK(Meaning("bytes=500-999", 10000) == "500-999");
  CHECK(Meaning("bytes=-500", 10000) == "9500-9999");
  CHECK(Meaning("bytes=9500-", 10000) == "9500-9999");
  CHECK(Meaning("bytes=0-0", 10000) == "0-0");
  CHECK(Meaning("bytes=-1", 10000) == "9999-9999");
}

TEST_CASE("a range that ends beyond the content is cut", "[http]") {
  CHECK(Meaning("bytes=9999-10000", 10000) == "9999-9999");
  CHECK(Meaning("bytes=0-18446744073709551615", 10000) == "0-9999");
  CHECK(Meaning("bytes=0-99999999999999999999999", 10000) == "0-9999");
  CHECK(Meaning("bytes=-10001", 10000) == "0-9999");
  CHECK(Meaning("bytes=-99999999999999999999999", 10000) == "0-9999");
}

TEST_CASE("a range without any byte of the content is unsatisfiable", "[http]") {
  CHECK(Meaning("bytes=10000-", 10000) == "none");
  CHECK(Meaning("bytes=10000-20000", 10000) == "none");
  CHECK(Meaning("bytes=18446744073709551615-", 10000) == "none");
  CHECK(Meaning("bytes=99999999999999999999999-", 10000) == "none");
  CHECK(Meaning("bytes=-0", 10000) == "none");
  CHECK(Meaning("bytes=0-", 0) == "none");
  CHECK(Meaning("bytes=0-0", 0) == "none");
}

// A suffix is satisfiable for any length, and no Content-Range can name nothing.
TEST_CASE("the last bytes of nothing are the whole of it", "[http]") { CHECK(Meaning("bytes=-5", 0) == "whole"); }

TEST_CASE("the unit is compared without case, and blanks around a range are no part of it", "[http]") {
  CHECK(Meaning("Bytes=0-4", 100) == "0-4");
  CHECK(Meaning("BYTES=0-4", 100) == "0-4");
  CHECK(Meaning("bytes= 0-4\t", 100) == "0-4");
  // 5.6.1.2: empty elements of a list are ignored.
  CHECK(Meaning("bytes=,0-4,,", 100) == "0-4");
}

TEST_CASE("what is no valid range, or several, or of another unit, is answered with the whole", "[http]") {
  for (const char* value : {"",
                            "bytes",
                            "bytes=",
                            "bytes=,",
                            "bytes=-",
                            "bytes=4-3",
                            "bytes=a-b",
                            "bytes=0x0-0x4",
                            "bytes=+0-4",
                            "bytes=0-4-5",
                            "bytes=0 - 4",
                            "bytes 0-4",
                            "bytes =0-4",
                            "bytes:0-4",
                            "bits=0-4",
                            "seconds=1-2",
                            "0-4",
                            "bytes=--4",
                            "bytes=1.5-2",
                            "bytes=0-4,10-14",
                            "bytes=0-,-1",
                            "bytes=-1 -2"}) {
    INFO(value);
    CHECK(Meaning(value, 100) == "whole");
  }
}

TEST_CASE("Content-Range names first, last and length", "[http]") {
  CHECK(ContentRange(0, 500, 1234) == "bytes 0-499/1234");
  CHECK(UnsatisfiedRange(1234) == "bytes */1234");
}
