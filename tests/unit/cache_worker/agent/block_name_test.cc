#include "cache_worker/agent/block_name.h"

#include <catch2/catch.hpp>

using namespace locus::worker;

TEST_CASE("a decimal Java long is a block's name", "[agent]") {
  CHECK(ParseBlockName("0") == 0U);
  CHECK(ParseBlockName("16777216") == 16777216U);
  CHECK(ParseBlockName("9223372036854775807") == 9223372036854775807U);
}

TEST_CASE("other names are no block's", "[agent]") {
  for (const char* name :
       {"", ".tmp_blocks", "-1", "+1", " 1", "1 ", "01", "00", "1.tmp", "0x10", "1e3", "9223372036854775808",
        "18446744073709551615", "18446744073709551616", "99999999999999999999999999999999", "abc", "1/2"}) {
    INFO(name);
    CHECK_FALSE(ParseBlockName(name));
  }
  CHECK_FALSE(ParseBlockName(std::string_view("1\0", 2)));
  CHECK_FALSE(ParseBlockName(std::string(255, '1')));
}

TEST_CASE("a block id is a container and a sequence number", "[agent]") {
  // The first block of container 2, and the eleventh of the one after it.
  CHECK(ContainerOf(33554432) == 2);
  CHECK(SequenceOf(33554432) == 0);
  CHECK(ContainerOf(50331658) == 3);
  CHECK(SequenceOf(50331658) == 10);
  CHECK(ContainerOf((77ULL << 24) + 3) == 77);
  CHECK(SequenceOf((77ULL << 24) + 3) == 3);
  CHECK(SequenceOf((77ULL << 24) + 0xFFFFFF) == 0xFFFFFF);
}
