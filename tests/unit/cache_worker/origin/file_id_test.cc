#include <catch2/catch.hpp>
#include <set>

#include "cache_worker/origin/origin.h"

using namespace locus::worker;

// Computed by Python's struct.pack and libxxhash from docs/formats.md.
TEST_CASE("a file id is the one that the format page tells", "[origin]") {
  CHECK(FileIdOf({"/a/b", 10, 1700000000123456789, 0}) == 0x51eb64cc0b6c5b93);
  CHECK(FileIdOf({"/a/b", 10, 1700000000123456789, 7}) == 0x7b9e56ea7b67cece);
  CHECK(FileIdOf({"/größe/x", 0, -1, 0}) == 0xe8b9a985ca971fa3);
}

TEST_CASE("another path, length, time or version is another id", "[origin]") {
  const std::set<uint64_t> ids = {FileIdOf({"/a", 1, 1, 0}), FileIdOf({"/b", 1, 1, 0}), FileIdOf({"/a", 2, 1, 0}),
                                  FileIdOf({"/a", 1, 2, 0}), FileIdOf({"/a", 1, 1, 1})};
  CHECK(ids.size() == 5);
}
