#include "extender/cluster/surroundings.h"

#include <catch2/catch.hpp>

using namespace locus::extender;

TEST_CASE("nodes are found with the number of their zone", "[zones]") {
  const ZoneTable zones({{"n3", "west"}, {"n1", "east"}, {"n2", "west"}, {"n4", ""}});
  CHECK(zones.names() == std::vector<std::string>{"east", "west"});
  CHECK(zones.Find("n1") == 0u);
  CHECK(zones.Find("n2") == 1u);
  CHECK(zones.Find("n3") == 1u);
}

TEST_CASE("a node without a zone, and an unknown one, are in none", "[zones]") {
  const ZoneTable zones({{"n1", "east"}, {"n4", ""}, {"n5", "west"}});
  CHECK_FALSE(zones.Find("n4"));
  CHECK_FALSE(zones.Find("n9"));
  CHECK_FALSE(zones.Find(""));
  CHECK_FALSE(ZoneTable().Find("n1"));
  const ZoneTable none(std::vector<std::pair<std::string, std::string>>{{"n4", ""}});
  CHECK(none.names().empty());
}

TEST_CASE("thousands of nodes are found, each in its own zone, and others in none", "[zones]") {
  std::vector<std::pair<std::string, std::string>> nodes;
  const auto name = [](int i) { return "node-" + std::to_string(i) + ".compute.internal.example.com"; };
  for (int i = 0; i < 5000; ++i) nodes.emplace_back(name(i), "zone-" + std::to_string(i % 3));
  const ZoneTable zones(nodes);
  const ZoneTable copy = zones;
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(zones.Find(name(i)) == static_cast<uint32_t>(i % 3));
    REQUIRE(copy.Find(name(i)) == static_cast<uint32_t>(i % 3));
    REQUIRE_FALSE(zones.Find(name(i + 5000)));
  }
}
