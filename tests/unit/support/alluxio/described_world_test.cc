#include "tests/support/alluxio/described_world.h"

#include <catch2/catch.hpp>

#include "common/status.h"
#include "common/testing/fake_clock.h"

namespace locus::fake_alluxio {
namespace {

constexpr const char* kWorld = R"({"user": "u", "authentication": "SIMPLE", "folder": "/d",
  "files": [{"path": "/d/b/c", "length": 5, "block_size": 2,
             "blocks": [{"index": 2, "locations": [{"host": "h", "data_port": 7, "tier": "SSD"}]},
                        {"index": 0, "locations": []}]},
            {"path": "/d/a", "length": 0, "block_size": 2}],
  "unloaded_folder": "/n", "missing": "/m", "workers": [{"host": "h", "data_port": 7}],
  "mounts": [{"path": "/", "ufs_uri": "/ufs"}]})";

TEST_CASE("a description is read in path order, with folders and without empty blocks") {
  const auto world = ParseWorld(kWorld);
  REQUIRE(world.ok());
  CHECK(world->Paths() == std::vector<std::string>{"/d/a", "/d/b", "/d/b/c"});
  REQUIRE(world->files.size() == 2);
  const DescribedFile& c = world->files[1];
  CHECK(c.block_count() == 3);
  CHECK(c.LengthOfBlock(2) == 1);
  REQUIRE(c.blocks.size() == 1);
  CHECK(c.blocks.at(2) == std::vector<Location>{"h:7 SSD"});
}

TEST_CASE("a described world becomes true in a fake") {
  const FakeClock clock;
  World world(clock);
  Build(ParseWorld(kWorld).value(), world);
  const std::vector<Copy> copies = world.Copies("/d/b/c", 2);
  REQUIRE(copies.size() == 1);
  CHECK(copies[0].tier == "SSD");
  CHECK(world.InNamespace("/n"));
  CHECK_FALSE(world.InNamespace("/n/hidden"));
  CHECK(world.InUnderStore("/n/hidden"));
  CHECK(world.Mounts().at("/").ufs_uri() == "/ufs");
}

TEST_CASE("a description that is no JSON or lacks a field is refused by what is wrong") {
  CHECK_FALSE(ParseWorld("{").ok());
  std::string lacking = kWorld;
  lacking.replace(lacking.find("missing"), 7, "missinG");
  const auto world = ParseWorld(lacking);
  REQUIRE_FALSE(world.ok());
  CHECK(MessageOf(world.status()).find("missing") != std::string::npos);
}

}  // namespace
}  // namespace locus::fake_alluxio
