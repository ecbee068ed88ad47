#include "alluxio_wire/channel_id.h"

#include <catch2/catch.hpp>
#include <regex>
#include <set>

using namespace locus::alluxio_wire;

TEST_CASE("an id is a UUID of version 4 in lower case, and no two are the same", "[alluxio_wire]") {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  ChannelIds ids{std::mt19937_64(7)};
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.Next();
    INFO(id);
    CHECK(std::regex_match(id, form));
    CHECK(seen.insert(id).second);
  }
}

TEST_CASE("another seed gives other ids", "[alluxio_wire]") {
  CHECK(ChannelIds(std::mt19937_64(1)).Next() != ChannelIds(std::mt19937_64(2)).Next());
}

TEST_CASE("ids are compared as Java reads them", "[alluxio_wire]") {
  const std::string id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  CHECK(CanonicalChannelId(id) == id);
  CHECK(CanonicalChannelId("0F8FAD5B-D9CB-469F-A165-70867728950E") == id);
  CHECK(CanonicalChannelId("1-2-3-4-5") == "00000001-0002-0003-0004-000000000005");
  for (const char* none : {"", "x", "0f8fad5b", "0f8fad5b-d9cb-469f-a165", "0f8fad5b-d9cb-469f-a165-",
                           "0f8fad5b-d9cb-469f-a165-70867728950g", "00f8fad5b-d9cb-469f-a165-70867728950e",
                           "0f8fad5b-d9cb-469f-a165-70867728950e-1"}) {
    INFO(none);
    CHECK(CanonicalChannelId(none).empty());
  }
}
