#include "alluxio_wire/block_id.h"

#include <catch2/catch.hpp>

using namespace locus::alluxio_wire;

TEST_CASE("the first file of a fresh master has these ids", "[alluxio_wire]") {
  // As a real master gave them out.
  CHECK(SplitBlockId(16777216) == BlockId{1, 0});
  CHECK(FileIdOf(1) == 33554431);
  CHECK(JoinBlockId({1, 1}) == 16777217);
}

TEST_CASE("splitting and joining undo each other at the bounds", "[alluxio_wire]") {
  for (const uint64_t container : {uint64_t{0}, uint64_t{1}, uint64_t{0x7FFFFFFFFF}, kMaxContainer}) {
    for (const uint32_t sequence : {0u, 1u, kMaxSequence - 1, kMaxSequence}) {
      CHECK(SplitBlockId(JoinBlockId({container, sequence})) == BlockId{container, sequence});
    }
  }
}

TEST_CASE("a container beyond the sign bit is a negative id", "[alluxio_wire]") {
  CHECK(JoinBlockId({uint64_t{1} << 39, 0}) == INT64_MIN);
  CHECK(SplitBlockId(-1) == BlockId{kMaxContainer, kMaxSequence});
}

TEST_CASE("a content of Locus has the low 40 bits of its id as container, but for two", "[alluxio_wire]") {
  CHECK(AlluxioContainerOf(0x0123456789ABCDEF) == 0x6789ABCDEF);
  CHECK(AlluxioContainerOf(0xFFFFFF0000000000) == 1);
  CHECK(AlluxioContainerOf(0x000000FFFFFFFFFF) == 0xFFFFFFFFFE);
  // Clients take a file id of -1 for "none".
  CHECK(FileIdOf(AlluxioContainerOf(~uint64_t{0})) != -1);
}
