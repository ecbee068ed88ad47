#include "alluxio_meta/applications/ip_range.h"

#include <catch2/catch.hpp>

using namespace locus::meta;

namespace {

bool Contains(const char* range, const char* address) {
  const auto parsed = ParseIpRange(range);
  const auto ip = ParseIp(address);
  REQUIRE(parsed.has_value());
  REQUIRE(ip.has_value());
  return parsed->Contains(*ip);
}

}  // namespace

TEST_CASE("a range contains its addresses, up to its ends", "[applications]") {
  CHECK(Contains("10.1.0.0/16", "10.1.0.0"));
  CHECK(Contains("10.1.0.0/16", "10.1.255.255"));
  CHECK_FALSE(Contains("10.1.0.0/16", "10.2.0.0"));
  CHECK_FALSE(Contains("10.1.0.0/16", "10.0.255.255"));
  CHECK(Contains("10.1.2.3/9", "10.127.0.1"));
  CHECK_FALSE(Contains("10.1.2.3/9", "10.128.0.1"));
  CHECK(Contains("0.0.0.0/0", "192.168.0.1"));
  CHECK_FALSE(Contains("0.0.0.0/0", "fd00::1"));
  CHECK(Contains("10.1.2.3", "10.1.2.3"));
  CHECK_FALSE(Contains("10.1.2.3", "10.1.2.2"));
  CHECK(Contains("10.1.2.3", "::ffff:10.1.2.3"));
  CHECK(Contains("fd00::/64", "fd00::1:2:3:4"));
  CHECK_FALSE(Contains("fd00::/64", "fd00:0:0:1::"));
  CHECK(Contains("::/0", "fd00::1"));
}

TEST_CASE("two ways to write a range are one range", "[applications]") {
  CHECK(ParseIpRange("10.1.2.3/16") == ParseIpRange("10.1.0.0/16"));
  CHECK(ParseIpRange("10.1.2.3/32") == ParseIpRange("10.1.2.3"));
  CHECK(ParseIpRange("10.1.0.0/16") != ParseIpRange("10.1.0.0/17"));
}

TEST_CASE("what is no range is none", "[applications]") {
  for (const char* text : {"", "10.1.2", "10.1.2.3/", "10.1.2.3/33", "10.1.2.3/-1", "10.1.2.3/1x", "fd00::/129", "name",
                           "/16", "10.1.2.3/16/16", "010.1.2.3"}) {
    INFO(text);
    CHECK_FALSE(ParseIpRange(text).has_value());
  }
}
