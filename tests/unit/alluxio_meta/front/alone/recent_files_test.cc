#include "alluxio_meta/front/alone/recent_files.h"

#include <catch2/catch.hpp>

using namespace locus::meta;

TEST_CASE("a file is found by the container of its blocks", "[front]") {
  RecentFiles files;
  files.Put({(uint64_t{7} << 40) | 9, "/a", 10, 4, 0});
  REQUIRE(files.Find(9).has_value());
  CHECK(files.Find(9)->path == "/a");
  CHECK_FALSE(files.Find(10).has_value());
  files.Put({9, "/b", 10, 4, 0});
  CHECK(files.Find(9)->path == "/b");
}

TEST_CASE("the last ten thousand are kept, the oldest go", "[front]") {
  RecentFiles files;
  const auto last = static_cast<uint64_t>(RecentFiles::kKept) * 5;
  for (uint64_t id = 1; id <= last; ++id) files.Put({id, "/f", 1, 1, 0});
  CHECK(files.Find(last).has_value());
  CHECK(files.Find(last - RecentFiles::kKept + 1).has_value());
  CHECK_FALSE(files.Find(last - 2 * RecentFiles::kKept).has_value());
}
