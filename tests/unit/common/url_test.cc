#include "common/url.h"

#include <catch2/catch.hpp>

using locus::PercentDecoded;
using locus::PercentEncoded;
using locus::PercentEncodedPath;

// Expected texts are those of RFC 3986: unreserved characters stand for themselves (2.3), others as %HH in capitals
// (2.1).

TEST_CASE("unreserved characters stand for themselves", "[common]") {
  CHECK(PercentEncoded("ABCxyz019-._~") == "ABCxyz019-._~");
  CHECK(PercentEncoded("").empty());
}

TEST_CASE("all others are encoded, byte by byte", "[common]") {
  CHECK(PercentEncoded("a b/c?d=e&f#g%h+i,j") == "a%20b%2Fc%3Fd%3De%26f%23g%25h%2Bi%2Cj");
  CHECK(PercentEncoded("\xc3\xa4") == "%C3%A4");
  CHECK(PercentEncoded(std::string_view("\0\x7f\xff", 3)) == "%00%7F%FF");
}

TEST_CASE("the slashes of a path stay", "[common]") {
  CHECK(PercentEncodedPath("a b/c?d/\xc3\xa4") == "a%20b/c%3Fd/%C3%A4");
}

TEST_CASE("what was encoded is read again, and nothing else", "[common]") {
  CHECK(PercentDecoded("a%20b%2fc%2Fd+e") == "a b/c/d+e");
  CHECK(PercentDecoded("%00%ff") == std::string("\0\xff", 2));
  CHECK(PercentDecoded("")->empty());
  for (const char* text : {"%", "%2", "%zz", "%2z", "%-1", "a%"}) CHECK_FALSE(PercentDecoded(text));
}
