#include "common/url.h"

#include <catch2/catch.hpp>

using locus::PercentEncoded;

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
